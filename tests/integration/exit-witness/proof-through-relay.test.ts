import { afterEach, describe, expect, test } from "vitest";
import { systemClock } from "../../../lib/adapters/clock/system-clock.ts";
import { relayFactory } from "../../../lib/adapters/relay/relay.ts";
import { type DirectIp, parseIp, parsePublicRange } from "../../../lib/domain/ip.ts";
import type { Upstream } from "../../../lib/domain/proxy/proxy.ts";
import { Secret } from "../../../lib/domain/secret.ts";
import { judgeProof } from "../../../lib/policy/proof.ts";
import { startEcho } from "../../lab/echo.ts";
import { type LabProxy, startHttpProxy } from "../../lab/http-proxy.ts";
import { startSocksProxy } from "../../lab/socks-proxy.ts";
import { patient } from "../../patience/patience.ts";
import { closeAll, started, witness } from "./witness-rig.ts";

const publicRanges = [parsePublicRange("127.0.0.0/8")];
const witnessNames = { "one.witness.test": "127.0.0.1", "two.witness.test": "127.0.0.1" };
const account = { exitAddress: "127.0.0.61", user: "u", pass: "right", names: witnessNames };
const expectation = { expectedIp: undefined, directIps: [parseIp("127.0.0.1") as DirectIp], pin: true };
afterEach(closeAll);

/** Two witnesses of different shapes behind names that only the proxies resolve. */
async function twoWitnesses() {
  const pieces = [
    await started(startEcho({ shape: "oxylabs", countries: { "127.0.0.61": "DE" } })),
    await started(startEcho({ shape: "icanhazip" })),
  ] as const;
  const urls = pieces.map(({ port }, index) => `http://${["one", "two"][index]}.witness.test:${port}/`);
  return { pieces, urls };
}

/** What the witnesses say through a relay that speaks to this proxy. */
async function answersThrough(
  proxy: LabProxy,
  urls: readonly string[],
  pass = "right",
  timeoutMs = patient(5_000),
) {
  const relay = await started(
    relayFactory(systemClock).open({ name: "alice", token: "t", local: [], publicRanges, onEvent: () => {} }),
  );
  const { scheme, host, port } = proxy;
  const upstream: Upstream = {
    label: "fra-1",
    endpoint: { scheme, host, port },
    credential: { user: "u", secret: new Secret(pass) },
  };
  relay.setUpstream(upstream);
  return await Promise.all(urls.map((url) => witness.ask(url, relay.dial.bind(relay), timeoutMs)));
}

describe("a proof through the relay", () => {
  test.each([
    ["an HTTP proxy", startHttpProxy],
    ["a SOCKS5 proxy", startSocksProxy],
  ])("shows the exit of %s, seen by two witnesses", async (_what, start) => {
    const { urls, pieces } = await twoWitnesses();
    const answers = await answersThrough(await started(start(account)), urls);
    expect(judgeProof(answers, expectation)).toMatchObject({
      kind: "proven",
      pins: true,
      proof: { exitIps: ["127.0.0.61"], country: "DE", agreed: 2, asked: 2, reach: "lab" },
    });
    expect(pieces.map(({ peers }) => peers)).toEqual([["127.0.0.61"], ["127.0.0.61"]]);
  });

  test("is refused where the exit is the host's own address", async () => {
    const { urls } = await twoWitnesses();
    const proxy = await started(startHttpProxy({ ...account, exitAddress: "127.0.0.1" }));
    expect(judgeProof(await answersThrough(proxy, urls), expectation)).toMatchObject({ kind: "direct_leak" });
  });

  test("is not had from one honest and one lying witness", async () => {
    const { urls, pieces } = await twoWitnesses();
    pieces[1].setMood({ kind: "lie", address: "8.8.8.8" });
    const answers = await answersThrough(await started(startHttpProxy(account)), urls);
    expect(judgeProof(answers, expectation)).toMatchObject({ kind: "disagreeing" });
  });

  test.each([
    ["whose credential is refused", "auth", async (_proxy: LabProxy) => {}],
    ["that is gone", "refused", (proxy: LabProxy) => proxy.kill()],
    ["that says nothing", "timeout", async (proxy: LabProxy) => proxy.setFault({ kind: "hang" })],
  ] as const)("through a proxy %s names the proxy and its failure", async (_what, kind, spoil) => {
    const { urls } = await twoWitnesses();
    const proxy = await started(startHttpProxy(account));
    await spoil(proxy);
    const answers = await answersThrough(proxy, urls, kind === "auth" ? "wrong-pass" : "right", 400);
    const verdict = judgeProof(answers, expectation);
    expect(verdict).toMatchObject({ kind: "transport", failure: { kind, scope: "upstream" } });
    expect(verdict.kind === "transport" && verdict.why).toContain(`fra-1 (http://127.0.0.1:${proxy.port})`);
    expect(JSON.stringify(verdict)).not.toContain("wrong-pass");
  });

  test("is incomplete when the proxy works but the witnesses are gone", async () => {
    const { urls, pieces } = await twoWitnesses();
    for (const piece of pieces) await piece.kill();
    const answers = await answersThrough(await started(startSocksProxy(account)), urls);
    expect(judgeProof(answers, expectation)).toMatchObject({ kind: "incomplete" });
    for (const answer of answers)
      expect(answer).toMatchObject({ kind: "unknown", failure: { scope: "target" } });
  });
});
