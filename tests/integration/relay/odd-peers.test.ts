import { connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import { Secret } from "../../../lib/domain/secret.ts";
import type { RelayDialError } from "../../../lib/ports/relay.ts";
import { patient } from "../../patience/patience.ts";
import { openRelayRig, type RelayRig } from "./relay-rig.ts";

// Proxies that answer in ways of their own: written here byte by byte, and reached over real sockets.

let rig: RelayRig;
afterEach(() => rig.close());

const credential = { user: "u", secret: new Secret("s3cret") };

/** The relay's upstream is a server that answers what `answers` says to each message in turn, then talks as the target. */
async function behind(scheme: "http" | "socks5", answers: readonly (string | Buffer)[], pieces = false) {
  const heard: string[] = [];
  const port = await rig.tcp((socket) => {
    let turn = 0;
    socket.on("data", (bytes: Buffer) => {
      heard.push(bytes.toString("latin1"));
      const answer = answers[turn++];
      if (answer === undefined) return;
      const whole = Buffer.isBuffer(answer) ? answer : Buffer.from(answer, "latin1");
      if (pieces) for (const byte of whole) socket.write(Buffer.from([byte]));
      else socket.write(whole);
    });
    socket.once("end", () => socket.end());
  });
  rig.relay.setUpstream({
    label: "odd",
    endpoint: { scheme, host: "127.0.0.21", port },
    credential,
  });
  return heard;
}

async function firstWords(): Promise<string> {
  const socket = await rig.relay.dial("target.test", 80, patient(2_000));
  return await new Promise((resolve) => {
    socket.once("data", (bytes: Buffer) => resolve(bytes.toString("latin1")));
    socket.resume();
  });
}

test.each([
  ["no reason phrase", "HTTP/1.1 200\r\n\r\n"],
  ["HTTP/1.0", "HTTP/1.0 200 Connection established\r\n\r\n"],
  ["bare line feeds", "HTTP/1.1 200 OK\nVia: x\n\n"],
  ["another success, with a length", "HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\n"],
  ["a transfer coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"],
  ["folded and odd headers", "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nnonsense\r\nY : z\r\n\r\n"],
  ["lower case and spaces", "http/1.1  200   ok\r\n\r\n"],
  ["an announcement before it", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"],
])("a CONNECT answered with %s opens a tunnel, whose first bytes are the target's", async (_title, head) => {
  rig = await openRelayRig();
  for (const pieces of [false, true]) {
    const heard = await behind("http", [`${head}SSH-2.0`], pieces);
    expect("SSH-2.0".startsWith(await firstWords())).toBe(true);
    expect(heard[0]).toMatch(/\r\nUser-Agent: \S+\r\nProxy-Connection: Keep-Alive\r\n/i);
  }
});

test.each([
  ["the version of the method", [5, 0]],
  ["version 0", [0, 0]],
  ["another version", [9, 0]],
])("a SOCKS verdict with %s is a welcome when its second byte is 0", async (_title, verdict) => {
  rig = await openRelayRig();
  const name = [5, 0, 0, 3, 3, 97, 98, 99, 0, 80];
  await behind("socks5", [
    Buffer.from([5, 2]),
    Buffer.from(verdict),
    Buffer.concat([Buffer.from(name), Buffer.from("hi")]),
  ]);
  expect(await firstWords()).toBe("hi");
});

test("a SOCKS verdict other than 0 is a refusal of the credential, whatever its version", async () => {
  rig = await openRelayRig();
  for (const version of [1, 5, 0]) {
    await behind("socks5", [Buffer.from([5, 2]), Buffer.from([version, 1])]);
    await expect(rig.relay.dial("target.test", 80, patient(2_000))).rejects.toMatchObject({
      failure: { kind: "auth" },
    });
  }
});

test.each([
  [
    'HTTP/1.1 407 x\r\nProxy-Authenticate: Digest realm="x", nonce="a"\r\n\r\n',
    "denied",
    "wants Digest; only Basic is spoken (HTTP 407)",
    "basic-only",
  ],
  [
    "HTTP/1.1 407 x\r\nProxy-Authenticate: NTLM\r\nProxy-Authenticate: Negotiate\r\n\r\n",
    "denied",
    "wants NTLM or Negotiate; only Basic",
    "basic-only",
  ],
  [
    'HTTP/1.1 407 x\r\nProxy-Authenticate: Digest realm="x"\r\nProxy-Authenticate: Basic realm="x"\r\nx-brd-err-code: client_10001\r\n\r\n',
    "auth",
    "refused the credential (HTTP 407, client_10001)",
    undefined,
  ],
  [
    "HTTP/1.1 403 Forbidden\r\nX-Squid-Error: ERR_ACCESS_DENIED 0\r\n\r\n",
    "denied",
    "(ERR_ACCESS_DENIED 0), as proxies do that allow CONNECT to port 443 only",
    "https-witnesses",
  ],
  [
    "HTTP/1.1 400 Bad Request\r\n\r\nCONNECT to port 80 is not allowed",
    "denied",
    "(CONNECT to port 80 is not allowed), as proxies do that allow CONNECT to port 443 only",
    "https-witnesses",
  ],
  ["HTTP/1.1 501 x\r\n\r\nonly https (443) tunnels", "denied", "to port 443 only", "https-witnesses"],
  ["HTTP/1.1 502 x\r\nX-Error: port blocked by policy\r\n\r\n", "denied", "443 only", "https-witnesses"],
  ["HTTP/1.1 502 x\r\n\r\nport 80 of it refused us", "blocked", "HTTP 502 (port 80 of it", undefined],
  [
    "HTTP/1.1 403 Forbidden\r\nx-brd-err-code: policy_20050\r\n\r\n",
    "denied",
    "with HTTP 403 (policy_20050)",
    undefined,
  ],
  ["HTTP/1.1 503 x\r\nRetry-After: 7\r\n\r\n", "blocked", "HTTP 503 (it asks to wait 7 s)", undefined],
  [
    "HTTP/1.1 502 x\r\nContent-Length: 14\r\n\r\nno peer for us",
    "blocked",
    "HTTP 502 (no peer for us)",
    undefined,
  ],
  [
    "HTTP/1.1 402 x\r\nTransfer-Encoding: chunked\r\n\r\nc\r\nout of money\r\n0\r\n\r\n",
    "blocked",
    "HTTP 402 (out of money)",
    undefined,
  ],
  [
    "HTTP/1.1 500 x\r\nProxy-Status: gw; error=proxy_configuration_error\r\n\r\n",
    "blocked",
    "(proxy_configuration_error)",
    undefined,
  ],
  ["HTTP/1.1 400 u:s3cret is wrong\r\nX-Error: u or s3cret\r\n\r\n", "denied", "[credential]", undefined],
])("a refusal %j is told in the proxy's own words", async (answer, kind, message, remedy) => {
  rig = await openRelayRig();
  await behind("http", [answer]);
  const error = await rig.relay.dial("target.test", 80, patient(2_000)).catch((failed: unknown) => failed);
  expect(error).toMatchObject({ failure: { kind, message: expect.stringContaining(message) } });
  expect((error as RelayDialError).failure.remedy).toBe(remedy);
  expect((error as Error).message).not.toContain("s3cret");
});

test("a refusal whose body never ends is told after a moment, and its connection ended", async () => {
  rig = await openRelayRig();
  const port = await rig.tcp((socket) => {
    socket.once("data", () => socket.write("HTTP/1.1 403 No\r\n\r\n"));
    socket.once("end", () => socket.end());
  });
  rig.relay.setUpstream({
    label: "odd",
    endpoint: { scheme: "http", host: "127.0.0.21", port },
    credential: undefined,
  });
  await expect(rig.relay.dial("target.test", 443, patient(5_000))).rejects.toMatchObject({
    failure: { kind: "denied", message: expect.stringContaining("HTTP 403") },
  });
  connect(port, "127.0.0.21")
    .on("error", () => {})
    .destroy();
});
