import { once } from "node:events";
import type { Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { connectTo, hear, hearing, openRelayRig, type RelayRig, schemes, token, ways } from "./relay-rig.ts";

let rig: RelayRig;
afterEach(() => rig.close());

const megabyte = 1_048_576;
const size = 300 * megabyte;
const block = Buffer.alloc(megabyte, "body");

async function writeMuch(socket: Socket, bytes: number): Promise<void> {
  for (let left = bytes; left > 0; left -= block.length) {
    if (!socket.write(block)) await once(socket, "drain");
  }
}

async function countUntilEnd(socket: Socket): Promise<number> {
  let bytes = 0;
  socket.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
  });
  await once(socket, "end");
  return bytes;
}

for (const scheme of schemes) {
  test(`300 MB come whole through ${scheme} when the target closes right behind them`, async () => {
    rig = await openRelayRig();
    await rig.use(scheme);
    const port = await rig.tcp((socket) => {
      socket.once("data", () => void writeMuch(socket, size).then(() => socket.end()));
    });
    const client = await rig.knock();
    client.write(connectTo(`target.test:${port}`));
    await hearing(client, "\r\n\r\n");
    client.removeAllListeners("data").write("go");
    expect(await countUntilEnd(client)).toBe(size);
    client.destroy();
    await eventually(
      () => rig.relay.counters().openTunnels,
      (open) => open === 0,
    );
    expect(rig.relay.counters()).toMatchObject({ bytesDown: size, bytesUp: 2 });
    expect(rig.relay.byHost()).toEqual([{ host: "target.test", tunnels: 1, bytesDown: size, bytesUp: 2 }]);
  });
}

test("30 MB go up whole although the client half-closes behind them, and the answer still comes", async () => {
  rig = await openRelayRig();
  await rig.use("http");
  const port = await rig.tcp(
    (socket) => void countUntilEnd(socket).then((bytes) => socket.end(`got ${bytes}`)),
  );
  const client = await rig.knock();
  client.write(connectTo(`target.test:${port}`));
  await hearing(client, "\r\n\r\n");
  await writeMuch(client, 30 * megabyte);
  client.end();
  expect(await hear(client)).toBe(`got ${30 * megabyte}`);
});

test("a client that does not read stops the target, and memory does not grow with the body", async () => {
  rig = await openRelayRig();
  await rig.use("socks5");
  let sent = 0;
  const port = await rig.tcp((socket) => {
    const more = (): void => {
      while (!socket.destroyed && socket.write(block)) sent += block.length;
      sent += block.length;
    };
    socket.on("drain", more);
    more();
  });
  const client = await rig.knock();
  client.write(connectTo(`target.test:${port}`));
  await hearing(client, "\r\n\r\n");
  client.pause();
  let before = -1;
  const settled = (now: number): boolean => {
    const isStill = now === before && now > 0;
    before = now;
    return isStill;
  };
  for (let still = 0; still < 10; still++) await eventually(() => sent, settled);
  expect(sent).toBeLessThan(64 * megabyte);
});

test("a body that the target breaks off reaches the client as a reset, never as an end", async () => {
  rig = await openRelayRig();
  await rig.use("socks5");
  const port = await rig.tcp((socket) => {
    socket.once("data", () => {
      socket.write("the first half");
      socket.once("data", () => socket.resetAndDestroy());
    });
  });
  const client = await rig.knock();
  let isEnded = false;
  client.on("end", () => {
    isEnded = true;
  });
  client.write(connectTo(`target.test:${port}`));
  await hearing(client, "\r\n\r\n");
  client.write("go");
  await hearing(client, "the first half");
  // libuv tells a reset that arrives together with data as an end, so the reset comes on a word of its own.
  client.write("now");
  const [error] = await once(client, "error");
  expect(error.code).toBe("ECONNRESET");
  expect(isEnded).toBe(false);
});

test("a chunked or counted HTTP body that breaks off in absolute form is an error for the client", async () => {
  rig = await openRelayRig();
  const proxy = await rig.use("http");
  const port = await rig.http((request, response) => {
    if (request.url === "/counted") response.setHeader("Content-Length", "1000000");
    response.write("x".repeat(500));
    setImmediate(() => response.socket?.destroy());
  });
  for (const path of ["counted", "chunked"]) {
    const url = `http://target.test:${port}/${path}`;
    await expect(rig.curl(...ways(rig.relay)["absolute form"], url)).rejects.toThrow(/curl: \((18|56)\)/);
  }
  proxy.setFault({ kind: "close-after", bytes: 4_000 });
  const whole = await rig.http((_request, response) => response.end(Buffer.alloc(100_000)));
  const url = `http://target.test:${whole}/`;
  await expect(rig.curl(...ways(rig.relay)["absolute form"], url)).rejects.toThrow(/curl: \((18|56)\)/);
});

test("a target that speaks first is heard, whatever it says with the proxy's answer", async () => {
  rig = await openRelayRig();
  const port = await rig.tcp((socket) => socket.end("220 hello"));
  for (const scheme of schemes) {
    await rig.use(scheme);
    const client = await rig.knock();
    client.write(connectTo(`target.test:${port}`));
    expect(await hear(client)).toMatch(/\r\n\r\n220 hello$/);
  }
});

test("what a client says, and that it has ended, before its tunnel stands arrives behind it on every way in", async () => {
  rig = await openRelayRig();
  const proxy = await rig.use("http");
  proxy.setFault({ kind: "slow", delayMs: 150 });
  const port = await rig.tcp((socket) => {
    let heard = "";
    socket.on("data", (chunk) => {
      heard += String(chunk);
    });
    socket.once("end", () => socket.end(`heard ${heard}`));
  });
  const socks = Buffer.concat([
    Buffer.from([5, 1, 2, 1, 1, 120, token.length]),
    Buffer.from(token),
    Buffer.from([5, 1, 0, 3, "target.test".length]),
    Buffer.from("target.test"),
    Buffer.from([port >> 8, port & 255]),
  ]);
  for (const head of [connectTo(`target.test:${port}`), socks]) {
    const client = await rig.knock();
    const before = proxy.counters().accepted;
    client.setNoDelay(true).write(head);
    client.write("early");
    // Once the proxy has the connection, the relay is dialling: what follows comes in the middle of it.
    await eventually(
      () => proxy.counters().accepted,
      (accepted) => accepted > before,
    );
    client.write(" and later");
    client.end();
    expect(await hear(client)).toMatch(/heard early and later$/);
  }
});
