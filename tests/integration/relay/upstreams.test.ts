import { afterEach, expect, test } from "vitest";
import type { Upstream } from "../../../lib/domain/proxy/proxy.ts";
import type { TransportFailure } from "../../../lib/domain/proxy/transport.ts";
import type { LabProxy } from "../../lab/http-proxy.ts";
import { patient } from "../../patience/patience.ts";
import { openRelayRig, pass, type RelayRig, schemes, upstreamOf, user, ways } from "./relay-rig.ts";

let rig: RelayRig;
afterEach(() => rig.close());

for (const scheme of schemes) {
  for (const way of ["CONNECT", "absolute form", "SOCKS5"] as const) {
    test(`${way} in, ${scheme} out: the target sees the exit of the proxy and a name only the proxy resolves`, async () => {
      rig = await openRelayRig();
      const proxy = await rig.use(scheme);
      const port = await rig.http((request, response) => response.end(request.socket.remoteAddress));
      const body = await rig.curl(...ways(rig.relay)[way], `http://target.test:${port}/`);
      expect(body).toBe("127.0.0.11");
      expect(proxy.counters()).toMatchObject({ requests: 1, refused: 0, targets: [`target.test:${port}`] });
      expect(rig.events).toMatchObject([{ type: "connected", target: `target.test:${port}` }]);
    });
  }

  test(`an IPv6 literal is reached through ${scheme}, and an IPv6 exit is used`, async () => {
    rig = await openRelayRig();
    await rig.use(scheme, { exitAddress: "::1" });
    const port = await rig.http((request, response) => response.end(request.socket.remoteAddress), "::1");
    for (const args of Object.values(ways(rig.relay))) {
      expect(await rig.curl(...args, `http://[::1]:${port}/`)).toBe("::1");
    }
  });

  test(`a proxy that listens on IPv6 is reached by ${scheme}`, async () => {
    rig = await openRelayRig();
    const proxy = await rig.proxy(scheme, { listen: { host: "::1" } });
    rig.relay.setUpstream({ ...upstreamOf(proxy), endpoint: { scheme, host: "::1", port: proxy.port } });
    const port = await rig.http((request, response) => response.end(request.socket.remoteAddress));
    expect(await rig.curl(...ways(rig.relay).CONNECT, `http://target.test:${port}/`)).toBe("127.0.0.11");
  });

  const wrong = "not the secret";
  const cases: ReadonlyArray<{
    readonly title: string;
    readonly spoil: (proxy: LabProxy, use: (upstream: Upstream) => void) => unknown;
    readonly target?: string;
    readonly expected: Partial<TransportFailure>;
  }> = [
    {
      title: "a wrong secret is an auth failure",
      spoil: (proxy, use) => use(upstreamOf(proxy, wrong)),
      expected: { kind: "auth", scope: "upstream" },
    },
    {
      title: "a dead proxy refuses",
      spoil: (proxy) => proxy.kill(),
      expected: { kind: "refused", scope: "upstream" },
    },
    {
      title: "a proxy that resets is told as reset",
      spoil: (proxy) => proxy.setFault({ kind: "reset" }),
      expected: { kind: "reset", scope: "upstream" },
    },
    {
      title: "a proxy that never answers times out",
      spoil: (proxy) => proxy.setFault({ kind: "hang" }),
      expected: { kind: "timeout", scope: "upstream" },
    },
    {
      title: "a proxy whose name does not resolve is a DNS failure",
      spoil: (proxy, use) =>
        use({ ...upstreamOf(proxy), endpoint: { scheme, host: "nowhere.invalid", port: 1 } }),
      expected: { kind: "dns", scope: "upstream" },
    },
    {
      title: "a proxy that talks something else is a protocol failure",
      spoil: (proxy) => proxy.setFault({ kind: "garbage" }),
      expected: { kind: scheme === "https" ? "tls" : "protocol", scope: "upstream" },
    },
    {
      title: "a name that the proxy does not know is the target's failure",
      spoil: () => {},
      target: "unknown.test:80",
      expected: { scope: "target" },
    },
  ];
  for (const { title, spoil, target, expected } of cases) {
    test(`${title} (${scheme})`, async () => {
      rig = await openRelayRig({ tuning: { connectMs: 400, totalMs: 500 } });
      const proxy = await rig.use(scheme);
      await spoil(proxy, (upstream) => rig.relay.setUpstream(upstream));
      const url = `http://${target ?? "target.test:80"}/`;
      await expect(rig.curl("-f", ...ways(rig.relay).CONNECT, url)).rejects.toThrow(/502/);
      const { failure } = await rig.event("failed");
      expect(failure).toMatchObject(expected);
      expect(failure.message).toMatch(/^fra-1 \(/);
      const shown = JSON.stringify(rig.events);
      for (const secret of [user, pass, wrong, Buffer.from(`${user}:${pass}`).toString("base64")]) {
        expect(shown).not.toContain(secret);
      }
      expect(rig.relay.counters()).toMatchObject({ failures: 1, tunnels: 0, openTunnels: 0 });
    });
  }
}

const statuses = [
  [401, "auth", "upstream"],
  [407, "auth", "upstream"],
  [402, "blocked", "upstream"],
  [429, "blocked", "upstream"],
  [403, "denied", "target"],
  [400, "denied", "target"],
  [502, "blocked", "target"],
  [503, "blocked", "target"],
  [504, "timeout", "target"],
] as const;
for (const [status, kind, scope] of statuses) {
  test(`${status === 407 ? "edge case 4: " : ""}a proxy's ${status} to CONNECT is ${kind} of the ${scope}, and no header of it reaches the client`, async () => {
    rig = await openRelayRig();
    (await rig.use("http")).setFault({ kind: "status", status });
    const answer = await rig.curl("-i", ...ways(rig.relay)["absolute form"], "http://target.test/");
    expect(answer).toMatch(/^HTTP\/1.1 502 /);
    expect(answer).not.toMatch(/proxy-authenticate|x-lab-fault/i);
    expect((await rig.event("failed")).failure).toMatchObject({ kind, scope, status });
  });
}

for (const [code, kind] of [
  [1, "blocked"],
  [2, "denied"],
  [4, "refused"],
  [5, "refused"],
  [6, "timeout"],
] as const) {
  test(`SOCKS reply ${code} is ${kind} of the target`, async () => {
    rig = await openRelayRig();
    (await rig.use("socks5")).setFault({ kind: "status", status: code });
    await expect(rig.curl(...ways(rig.relay).SOCKS5, "http://target.test/")).rejects.toThrow();
    expect((await rig.event("failed")).failure).toMatchObject({ kind, scope: "target", status: code });
  });
}

test("a credential that SOCKS5 or Basic cannot carry is a clear auth failure, not sent", async () => {
  rig = await openRelayRig();
  const socks = await rig.use("socks5");
  rig.relay.setUpstream(upstreamOf(socks, "é".repeat(128)));
  await expect(rig.relay.dial("target.test", 80, patient(2_000))).rejects.toMatchObject({
    failure: { kind: "auth", message: expect.stringContaining("255 bytes") },
  });
  const http = await rig.use("http");
  rig.relay.setUpstream(upstreamOf(http, pass, "a:b"));
  await expect(rig.relay.dial("target.test", 80, patient(2_000))).rejects.toMatchObject({
    failure: { kind: "auth", message: expect.stringContaining("colon") },
  });
  expect(http.counters().refused + socks.counters().refused).toBe(0);
});

test("an https proxy with a certificate for another name, or of an unknown authority, is refused before the credential is sent", async () => {
  rig = await openRelayRig();
  const elsewhere = await rig.proxy("https", { listen: { host: "127.0.0.2" } });
  const endpoint = { scheme: "https", host: "127.0.0.2", port: elsewhere.port } as const;
  rig.relay.setUpstream({ ...upstreamOf(elsewhere), endpoint });
  await expect(rig.relay.dial("target.test", 80, patient(2_000))).rejects.toMatchObject({
    failure: { kind: "tls" },
  });
  await rig.close();
  rig = await openRelayRig({ tuning: { proxyCa: undefined } });
  await rig.use("https");
  await expect(rig.relay.dial("target.test", 80, patient(2_000))).rejects.toMatchObject({
    failure: { kind: "tls" },
  });
});

test("a proxy without credential is used without one", async () => {
  rig = await openRelayRig();
  const port = await rig.http((request, response) => response.end(request.socket.remoteAddress));
  for (const scheme of schemes) {
    const open = await rig.proxy(scheme, { exitAddress: "127.0.0.13", user: undefined, pass: undefined });
    rig.relay.setUpstream({ ...upstreamOf(open), credential: undefined });
    expect(await rig.curl(...ways(rig.relay).CONNECT, `http://target.test:${port}/`)).toBe("127.0.0.13");
  }
});
