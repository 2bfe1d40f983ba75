import type { Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import type { ProxyScheme } from "../../../../lib/domain/proxy/proxy-endpoint.ts";
import { Secret } from "../../../../lib/domain/secret.ts";
import type { RelayDialError } from "../../../../lib/ports/relay.ts";
import { patient } from "../../../patience/patience.ts";
import { openRelayRig, type RelayRig } from "../relay-rig.ts";

// Ports that speak something else than the scheme says: the failure names what, and the fix follows from it.

let rig: RelayRig;
afterEach(() => rig.close());

async function failureBehind(
  scheme: ProxyScheme,
  serve: (socket: Socket) => void,
  credential: { readonly user: string; readonly secret: Secret } | undefined = {
    user: "u",
    secret: new Secret("s3cret"),
  },
) {
  rig = await openRelayRig();
  const port = await rig.tcp(serve);
  rig.relay.setUpstream({ label: "odd", endpoint: { scheme, host: "127.0.0.21", port }, credential });
  const error = await rig.relay.dial("target.test", 80, patient(9_000)).catch((reason: unknown) => reason);
  return (error as RelayDialError).failure;
}

const says = (answer: Buffer | string) => (socket: Socket) => {
  socket.once("data", () => socket.write(answer));
};

test.each([
  ["http", Buffer.from([5, 255]), "speaks SOCKS5 on this port, not HTTP", "socks5"],
  ["http", Buffer.from([21, 3, 1, 0, 2, 2, 70]), "speaks TLS on this port, not HTTP", "tls"],
  ["http", "SSH-2.0-OpenSSH_9.2\r\n", "speaks SSH on this port, not HTTP", "other"],
  ["http", "220 mail.example ESMTP\r\n", "speaks mail or FTP on this port, not HTTP", "other"],
  ["http", "what?\r\n", "answered with something other than HTTP", undefined],
  ["socks5", "HTTP/1.1 400 Bad Request\r\n\r\n", "speaks HTTP on this port, not SOCKS5", "http"],
  ["socks5", Buffer.from([21, 3, 1, 0, 2, 2, 70]), "speaks TLS on this port, not SOCKS5", "tls"],
  ["socks5", Buffer.from([0, 91, 0, 0, 0, 0, 0, 0]), "speaks SOCKS4 on this port, not SOCKS5", "socks4"],
  ["socks5", Buffer.from([9, 9]), "answered with something other than SOCKS5", undefined],
] as const)("behind %s, %j is named", async (scheme, answer, words, spoken) => {
  const failure = await failureBehind(scheme, says(answer));
  expect(failure).toMatchObject({ kind: "protocol", scope: "upstream", spoken });
  expect(failure.message).toContain(words);
});

test("a TLS port that answers plain HTTP says that it wants TLS", async () => {
  const page = "<title>400 The plain HTTP request was sent to HTTPS port</title>";
  const head = `HTTP/1.1 400 Bad Request\r\nContent-Length: ${page.length}\r\n\r\n`;
  expect(await failureBehind("http", says(head + page))).toMatchObject({ kind: "protocol", spoken: "tls" });
});

// It waits for the end of a line, and we for its answer to the greeting.
test("an HTTP proxy that stays silent after the greeting of SOCKS5 is named before time is up", async () => {
  const heard: string[] = [];
  const failure = await failureBehind("socks5", (socket) => {
    let text = "";
    socket.on("data", (bytes: Buffer) => {
      text += bytes.toString("latin1");
      heard.push(text);
      if (text.includes("\r\n\r\n")) socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
    });
  });
  expect(failure).toMatchObject({ kind: "protocol", spoken: "http" });
  expect(heard.join()).not.toContain("s3cret");
});

// It waits for the end of a line in what is a handshake of TLS.
test("an HTTP proxy that stays silent after the first message of TLS is named before time is up", async () => {
  const failure = await failureBehind("https", (socket) => {
    let text = "";
    socket.on("data", (bytes: Buffer) => {
      text += bytes.toString("latin1");
      if (text.startsWith("OPTIONS")) socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    });
  });
  expect(failure).toMatchObject({ kind: "protocol", spoken: "http" });
  expect(failure.message).toContain("speaks HTTP on this port, not TLS");
});

test.each([
  ["ends", (socket: Socket) => void socket.end()],
  ["resets", (socket: Socket) => void socket.resetAndDestroy()],
])("a SOCKS5 proxy that %s the connection when it is asked in HTTP is named", async (_how, end) => {
  const heard: string[] = [];
  const failure = await failureBehind("http", (socket) => {
    socket.once("data", (bytes: Buffer) => {
      heard.push(bytes.toString("latin1"));
      if (bytes[0] === 5) socket.write(Buffer.from([5, 255]));
      else end(socket);
    });
  });
  expect(failure).toMatchObject({ kind: "protocol", spoken: "socks5" });
  expect(heard).toHaveLength(2);
  expect(heard[1]).toBe("\x05\x01\x00");
});

test("a proxy that closes in silence and is no SOCKS5 is told as before", async () => {
  const failure = await failureBehind("http", (socket) => {
    socket.once("data", () => socket.end());
  });
  expect(failure).toMatchObject({ kind: "reset" });
  expect(failure.spoken).toBeUndefined();
  expect(failure.message).toContain("closed the connection without an answer");
});

test.each([
  [Buffer.from([5, 1]), "wants to sign in with GSSAPI", "socks-sign-in"],
  [Buffer.from([5, 3]), "wants to sign in with method 3", "socks-sign-in"],
  [Buffer.from([5, 255]), "accepts neither our credential", undefined],
])("the choice %j of a SOCKS5 proxy is named", async (answer, words, remedy) => {
  const failure = await failureBehind("socks5", says(answer));
  expect(failure.message).toContain(words);
  expect(failure.remedy).toBe(remedy);
});

test("a SOCKS5 proxy that closes after the password is told so", async () => {
  const failure = await failureBehind("socks5", (socket) => {
    socket.once("data", () => {
      socket.write(Buffer.from([5, 2]));
      socket.once("data", () => socket.end());
    });
  });
  expect(failure).toMatchObject({ kind: "reset" });
  expect(failure.message).toContain("closed the connection after the user and password");
});
