import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  httpAgent,
  httpsAgent,
  ProxyAuthError,
  ProxyUnavailableError,
  proxiedFetch,
  TargetUnreachableError,
  transportFailureOf,
  UsageError,
  undiciDispatcher,
  webSocketAgent,
} from "../../../lib/agents.ts";
import { makeLabCertificates } from "../../lab/certificates.ts";
import { eventually } from "../../support/eventually.ts";
import { type AgentsRig, openAgentsRig, pass, schemes, urlOf, user } from "./agents-rig.ts";
import { type Client, clients, getWith, streamOnce } from "./clients.ts";

let rig: AgentsRig;
beforeEach(async () => {
  rig = await openAgentsRig();
});
afterEach(() => rig.close());

const options = () => ({ proxyCa: rig.certificates.ca, tls: { ca: rig.certificates.ca } });
const streaming: (typeof clients)[string] = (proxy, given) => ({
  ask: (url) => streamOnce(proxy, url.replace("https:", "wss:").replace("/time", "/stream"), given),
  close: () => Promise.resolve(),
});
const aborted = { name: "AbortError" };
const everyClient: typeof clients = { ...clients, webSocketAgent: streaming };

/** What the client fails with when it asks the venue. */
async function failureOf(
  name: string,
  proxy: string,
  given = {},
  url = `${rig.venueUrl}/time`,
): Promise<unknown> {
  const client = (await everyClient[name]?.(proxy, {
    ...options(),
    ...given,
  })) as Client;
  try {
    return await client.ask(url).then(
      (peer) => `an answer to ${peer}`,
      (error: unknown) => error,
    );
  } finally {
    await client.close();
  }
}

describe.each(Object.keys(everyClient))("%s", (name) => {
  test.each(schemes)("tells a refused credential of the %s proxy from a dead one", async (scheme) => {
    const proxy = await rig.proxy(scheme);
    const refused = await failureOf(name, urlOf(proxy, [user, "wrong"]));
    expect(refused).toBeInstanceOf(ProxyAuthError);
    expect(refused).toMatchObject({ code: "LAUNCH_PROXY_AUTH", exitStatus: 77 });
    expect(transportFailureOf(refused)).toMatchObject({ kind: "auth", scope: "upstream" });
    await proxy.kill();
    const dead = await failureOf(name, urlOf(proxy));
    expect(dead).toBeInstanceOf(ProxyUnavailableError);
    expect(transportFailureOf(dead)).toMatchObject({ kind: "refused", scope: "upstream" });
    expect(rig.venue.log).toEqual([]);
  });

  test.each(schemes)(
    "says that the %s proxy works when only the target cannot be reached",
    async (scheme) => {
      const proxy = await rig.proxy(scheme);
      const failure = await failureOf(name, urlOf(proxy), {}, "https://nowhere.test/time");
      expect(failure).toBeInstanceOf(TargetUnreachableError);
      expect(transportFailureOf(failure)).toMatchObject({ scope: "target" });
    },
  );

  test("gives up on a proxy that says nothing, after the time it was given", async () => {
    const proxy = await rig.proxy("http");
    proxy.setFault({ kind: "hang" });
    const failure = await failureOf(name, urlOf(proxy), { totalMs: 150 });
    expect(failure).toBeInstanceOf(ProxyUnavailableError);
    expect(transportFailureOf(failure)).toMatchObject({ kind: "timeout" });
  });

  test("refuses an https proxy under an unknown authority, and says what to give", async () => {
    const proxy = await rig.proxy("https");
    const { ca } = await makeLabCertificates();
    const failure = await failureOf(name, urlOf(proxy), { proxyCa: ca });
    expect(failure).toMatchObject({
      name: "ProxyUnavailableError",
      hint: expect.stringContaining("proxyCa"),
    });
    expect(transportFailureOf(failure)).toMatchObject({ kind: "tls", scope: "upstream" });
    expect(proxy.counters()).toMatchObject({ requests: 0, refused: 0 });
  });

  test("refuses a target under an unknown authority, or with a certificate of another name", async () => {
    const proxy = await rig.proxy("http");
    const stranger = await failureOf(name, urlOf(proxy), { tls: {} });
    expect(codesOf(stranger)).toContain("UNABLE_TO_VERIFY_LEAF_SIGNATURE");
    const misnamed = rig.venueUrl.replace("venue.test", "wrong.test");
    const other = await failureOf(name, urlOf(proxy), {}, `${misnamed}/time`);
    expect(codesOf(other)).toContain("ERR_TLS_CERT_ALTNAME_INVALID");
    expect(rig.venue.log).toEqual([]);
  });

  test("shows neither password nor header in its errors", async () => {
    const proxy = await rig.proxy("http", { user: "somebody", pass: "else" });
    const shown = inspect(await failureOf(name, urlOf(proxy)), { depth: 9, showHidden: true });
    expect(shown).toContain("ProxyAuthError");
    expectNoSecretIn(shown);
  });
});

describe("a signal that aborts", () => {
  const promptly = Object.keys(clients).filter((name) => name !== "undiciDispatcher");

  // undici itself takes notice of a signal only when it has a connection.
  test.each(promptly)("ends a request of %s while the proxy is silent", async (name) => {
    const proxy = await rig.proxy("http");
    proxy.setFault({ kind: "hang" });
    const client = (await clients[name]?.(urlOf(proxy), options())) as Client;
    const stop = new AbortController();
    const outcome = expect(client.ask(`${rig.venueUrl}/time`, stop.signal)).rejects.toMatchObject(aborted);
    await eventually(
      () => proxy.counters().accepted,
      (accepted) => accepted === 1,
    );
    stop.abort();
    await outcome;
    await proxy.kill();
    await client.close();
  });

  test.each(Object.keys(clients))(
    "ends a request of %s that waits for its answer, or never starts it",
    async (name) => {
      const proxy = await rig.proxy("socks5");
      const url = await rig.plainUrl();
      const client = (await clients[name]?.(urlOf(proxy), options())) as Client;
      const stop = new AbortController();
      const asked = rig.neverAsked();
      const outcome = expect(client.ask(`${url}/never`, stop.signal)).rejects.toMatchObject(aborted);
      await asked;
      stop.abort();
      await outcome;
      await expect(client.ask(url, AbortSignal.abort())).rejects.toMatchObject(aborted);
      expect(await client.ask(url)).toBe("127.0.0.11");
      await client.close();
    },
  );
});

test("an agent that is destroyed ends the dials that are under way", async () => {
  const proxy = await rig.proxy("http");
  proxy.setFault({ kind: "hang" });
  const agent = httpsAgent(urlOf(proxy), options());
  const outcome = expect(getWith(agent, rig.venueUrl)).rejects.toBeInstanceOf(ProxyUnavailableError);
  await eventually(
    () => proxy.counters().accepted,
    (accepted) => accepted === 1,
  );
  agent.destroy();
  await outcome;
});

test("a client goes on when its proxy comes back", async () => {
  const proxy = await rig.proxy("socks5");
  const fetch = proxiedFetch(urlOf(proxy), options());
  await proxy.kill();
  await expect(fetch(`${rig.venueUrl}/time`)).rejects.toBeInstanceOf(ProxyUnavailableError);
  await proxy.revive();
  expect((await fetch(`${rig.venueUrl}/time`)).status).toBe(200);
  await fetch.close();
});

test("no agent shows the password, and a proxy that cannot be read is not quoted", async () => {
  const proxy = await rig.proxy("http");
  const url = urlOf(proxy);
  const made = [
    httpAgent(url),
    httpsAgent(url),
    webSocketAgent(url),
    await undiciDispatcher(url),
    proxiedFetch(url),
  ];
  expectNoSecretIn(inspect(made, { depth: 9, showHidden: true }));
  for (const wrong of [`ftp://u:${pass}@gw.example:1`, `http://u:${pass}@gw.example`]) {
    for (const make of [httpAgent, httpsAgent, webSocketAgent, proxiedFetch]) {
      expect(() => make(wrong)).toThrow(UsageError);
      expect(() => make(wrong)).not.toThrow(pass);
    }
    await expect(undiciDispatcher(wrong)).rejects.toBeInstanceOf(UsageError);
  }
});

test("a host that would end the CONNECT line is refused before anything is sent", async () => {
  const proxy = await rig.proxy("http");
  const agent = httpAgent(urlOf(proxy));
  const host = "venue.test:1 HTTP/1.1\r\nX-Evil: 1\r\n";
  const asked = new Promise((_resolve, reject) => {
    agent.createConnection({ host, port: 80 }, (error) => reject(error));
  });
  await expect(asked).rejects.toBeInstanceOf(UsageError);
  const local = new Promise((_resolve, reject) => {
    agent.createConnection({ socketPath: "/run/other.sock" }, (error) => reject(error));
  });
  await expect(local).rejects.toBeInstanceOf(UsageError);
  expect(proxy.counters().accepted).toBe(0);
});

function codesOf(error: unknown): unknown[] {
  const { code, cause } = error as { readonly code?: unknown; readonly cause?: unknown };
  return cause === undefined ? [code] : [code, ...codesOf(cause)];
}

function expectNoSecretIn(shown: string): void {
  for (const secret of [pass, encodeURIComponent(pass), Buffer.from(`${user}:${pass}`).toString("base64")]) {
    expect(shown).not.toContain(secret);
  }
}
