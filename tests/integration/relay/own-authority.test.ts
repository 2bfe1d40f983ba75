import { Duplex } from "node:stream";
import { afterEach, expect, test } from "vitest";
import { systemClock } from "../../../lib/adapters/clock/system-clock.ts";
import { relayFactory } from "../../../lib/adapters/relay/relay.ts";
import type { Relay } from "../../../lib/ports/relay.ts";
import { makeLabCertificates } from "../../lab/certificates.ts";
import { type LabProxy, startTlsProxy } from "../../lab/http-proxy.ts";
import { patient } from "../../patience/patience.ts";

let relay: Relay;
let proxy: LabProxy;
afterEach(async () => {
  await relay.close();
  await proxy.close();
});

test("a TLS proxy whose authority is its own is used with that authority alone, and else told by what to give", async () => {
  const certificates = await makeLabCertificates();
  const others = await makeLabCertificates();
  proxy = await startTlsProxy({ exitAddress: "127.0.0.11", names: {}, certificates });
  relay = await relayFactory(systemClock).open({
    name: "alice",
    token: "t",
    local: [],
    publicRanges: [],
    onEvent: () => {},
  });
  const dial = async (ca: string | undefined, host = "localhost") => {
    relay.setUpstream({
      label: "own",
      endpoint: { scheme: "https", host, port: proxy.port },
      credential: undefined,
      ca,
    });
    return await relay.dial("127.0.0.1", proxy.port, patient(5_000)).catch((error: unknown) => error);
  };
  expect(await dial(undefined)).toMatchObject({
    failure: {
      kind: "tls",
      remedy: "proxy-ca",
      message: expect.stringContaining("no authority that this host knows"),
    },
  });
  expect(await dial(others.ca)).toMatchObject({
    failure: {
      kind: "tls",
      remedy: "proxy-ca",
      message: expect.stringContaining("another authority than the one stored"),
    },
  });
  const reached = await dial(certificates.ca);
  expect(reached).toBeInstanceOf(Duplex);
  (reached as Duplex).destroy();
});

test("NODE_TLS_REJECT_UNAUTHORIZED does not make a proxy's certificate good", async () => {
  const certificates = await makeLabCertificates();
  proxy = await startTlsProxy({ exitAddress: "127.0.0.11", names: {}, certificates });
  relay = await relayFactory(systemClock).open({
    name: "a",
    token: "t",
    local: [],
    publicRanges: [],
    onEvent: () => {},
  });
  relay.setUpstream({
    label: "own",
    endpoint: { scheme: "https", host: "localhost", port: proxy.port },
    credential: undefined,
  });
  process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
  try {
    const error = await relay.dial("127.0.0.21", 1, patient(5_000)).catch((failed: unknown) => failed);
    expect(error).toMatchObject({ failure: { kind: "tls" } });
  } finally {
    delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
  }
});
