import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { httpAgent, type ProxiedFetch, proxiedFetch } from "../../../lib/agents.ts";
import { eventually } from "../../support/eventually.ts";
import { type AgentsRig, openAgentsRig, urlOf } from "./agents-rig.ts";
import { getWith } from "./clients.ts";

let rig: AgentsRig;
let server: Server;
let url: string;
let fetch: ProxiedFetch;
let proxyUrl: string;
let openTunnels: () => number;

// A server that answers with what it was asked.
beforeEach(async () => {
  rig = await openAgentsRig();
  server = createServer((request, response) => {
    if (request.url === "/elsewhere") {
      response.writeHead(307, { Location: "/here" }).end();
      return;
    }
    response.writeHead(200, {
      "X-Method": request.method,
      "X-Kind": request.headers["content-type"] ?? "none",
    });
    request.pipe(response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://venue.test:${(server.address() as AddressInfo).port}`;
  const proxy = await rig.proxy("http");
  openTunnels = () => proxy.counters().open;
  proxyUrl = urlOf(proxy);
  fetch = proxiedFetch(proxyUrl);
});
afterEach(async () => {
  await fetch.close();
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
  await rig.close();
});

test("proxiedFetch sends bodies, forms and whole requests as the global fetch does, and follows redirects", async () => {
  const form = new FormData();
  form.append("side", "buy");
  form.append("file", new Blob(["1,2"], { type: "text/csv" }), "orders.csv");
  const formed = await fetch(url, { method: "POST", body: form });
  const formText = await formed.text();
  expect(formed.headers.get("X-Kind")).toMatch(/^multipart\/form-data; boundary=/);
  expect(formText).toMatch(/name="side"\r\n\r\nbuy\r\n/);
  expect(formText).toMatch(/name="file"; filename="orders.csv"\r\nContent-Type: text\/csv\r\n\r\n1,2\r\n/);

  const whole = new Request(`${url}/order`, {
    method: "PUT",
    body: JSON.stringify({ side: "sell" }),
    headers: new Headers({ "Content-Type": "application/json" }),
  });
  const answered = await fetch(whole);
  expect([answered.headers.get("X-Method"), answered.headers.get("X-Kind")]).toEqual([
    "PUT",
    "application/json",
  ]);
  expect(await answered.json()).toEqual({ side: "sell" });

  const stopped = new Request(url, { signal: AbortSignal.abort() });
  await expect(fetch(stopped)).rejects.toMatchObject({ name: "AbortError" });
  const moved = await fetch(new URL(`${url}/elsewhere`), {
    method: "POST",
    body: new URLSearchParams({ a: "1" }),
  });
  expect([moved.redirected, moved.url, await moved.text()]).toEqual([true, `${url}/here`, "a=1"]);
});

test("proxiedFetch can take the place of the global fetch, and does not depend on what stands there", async () => {
  const own = globalThis.fetch;
  globalThis.fetch = fetch;
  try {
    expect((await globalThis.fetch(url)).status).toBe(200);
  } finally {
    globalThis.fetch = own;
  }
});

test("a kept connection that the target ends is closed, and the next request opens another", async () => {
  const agent = httpAgent(proxyUrl);
  expect(await getWith(agent, url)).toBe("");
  expect(openTunnels()).toBe(1);
  server.closeIdleConnections();
  await eventually(
    () => Object.keys(agent.freeSockets).length,
    (kept) => kept === 0,
  );
  await eventually(openTunnels, (open) => open === 0);
  expect(await getWith(agent, url)).toBe("");
  agent.destroy();
});
