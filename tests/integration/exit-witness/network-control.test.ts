import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { afterEach, expect, test } from "vitest";
import { systemClock } from "../../../lib/adapters/clock/system-clock.ts";
import { networkControl } from "../../../lib/adapters/exit-witness/network-control.ts";
import type { ProxyEndpoint } from "../../../lib/domain/proxy/proxy-endpoint.ts";

const open: Server[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await new Promise((resolve) => server.close(resolve));
});

/** A gateway that only accepts connections, and keeps what it was told. */
async function gateway(): Promise<ProxyEndpoint & { readonly told: () => string; readonly server: Server }> {
  let told = "";
  const server = createServer((socket) => {
    socket.on("data", (chunk) => (told += String(chunk)));
    socket.on("error", () => {});
  });
  open.push(server);
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return { scheme: "http", host: "127.0.0.1", port, told: () => told, server };
}

async function closedPort(): Promise<ProxyEndpoint> {
  const { server, ...endpoint } = await gateway();
  await new Promise((resolve) => server.close(resolve));
  return endpoint;
}

// Where the firewall lets proxies through alone, a witness that is asked direct would hang or be told on.
const witness = { directIp: () => Promise.reject(new Error("a witness was asked direct")) };
const controlOn = (gateways: () => Promise<readonly ProxyEndpoint[]>) =>
  networkControl({ witness, witnesses: ["https://a.test"], gateways }, systemClock);

test("a gateway that accepts a connection answers for the network, and is told nothing", async () => {
  const [dead, alive] = [await closedPort(), await gateway()];
  const answer = await controlOn(async () => [dead, alive]).ask([]);
  expect(answer).toEqual({ isAnswered: true, asked: [`127.0.0.1:${dead.port}`, `127.0.0.1:${alive.port}`] });
  await new Promise((resolve) => alive.server.close(resolve));
  expect(alive.told()).toBe("");
});

test("gateways that refuse, none at all, and a pool that cannot be read answer for nothing", async () => {
  const dead = await closedPort();
  expect(await controlOn(async () => [dead]).ask([])).toMatchObject({ isAnswered: false });
  expect(await controlOn(async () => []).ask([])).toEqual({ isAnswered: false, asked: [] });
  const unread = controlOn(() => Promise.reject(new Error("no database")));
  expect(await unread.ask([])).toEqual({ isAnswered: false, asked: [] });
});
