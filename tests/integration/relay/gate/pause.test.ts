import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { eventually } from "../../../support/eventually.ts";
import { connectTo, hearing, openRelayRig, type RelayRig, schemes, token, ways } from "../relay-rig.ts";

let rig: RelayRig;
afterEach(() => rig.close());

/** A target that counts what it hears and echoes it. */
async function openTarget() {
  const heard: string[] = [];
  const sockets: Socket[] = [];
  const port = await rig.tcp((socket) => {
    sockets.push(socket);
    socket.on("data", (bytes: Buffer) => {
      heard.push(bytes.toString("latin1"));
      socket.write(bytes);
    });
    socket.once("end", () => socket.end());
  });
  return { port, sockets, text: () => heard.join(""), count: () => sockets.length };
}

async function openTunnel(port: number): Promise<Socket> {
  const socket = await rig.knock();
  socket.write(connectTo(`target.test:${port}`));
  await hearing(socket, "200 Connection established\r\n\r\n");
  socket.write("word");
  await hearing(socket, "word");
  return socket;
}

/** Long enough for everything that is on its way over loopback to arrive: another tunnel's whole life. */
async function settled(): Promise<void> {
  const server = createServer((socket) => socket.end("x")).listen(0, "127.0.0.1");
  await once(server, "listening");
  for (let round = 0; round < 20; round++) {
    const socket = connect((server.address() as { port: number }).port, "127.0.0.1").resume();
    await once(socket, "close");
  }
  server.close();
}

for (const scheme of schemes) {
  test(`a pause lets no byte pass either way through ${scheme}, resets nobody, and everything goes on in its order`, async () => {
    rig = await openRelayRig();
    await rig.use(scheme);
    const target = await openTarget();
    const tunnel = await openTunnel(target.port);
    let back = "";
    tunnel.on("data", (bytes: Buffer) => {
      back += bytes.toString("latin1");
    });
    const before = target.text();
    rig.relay.pause();
    expect(rig.relay.gate).toBe("paused");
    tunnel.write("up-1 ");
    target.sockets[0]?.write("down-1 ");
    tunnel.end("up-2");
    await settled();
    expect([target.text(), back]).toEqual([before, ""]);
    rig.relay.open();
    await once(tunnel, "close");
    expect([target.text(), back]).toEqual([`${before}up-1 up-2`, "down-1 up-1 up-2"]);
    expect(rig.events.map(({ type }) => type)).toEqual(["connected"]);
  });

  test(`a tunnel that is wished for during a pause through ${scheme}, or was under way, opens after it`, async () => {
    rig = await openRelayRig();
    const proxy = await rig.use(scheme);
    const target = await openTarget();
    proxy.setFault({ kind: "hang" });
    const underWay = await rig.knock();
    underWay.write(connectTo(`target.test:${target.port}`));
    await eventually(
      () => proxy.counters().open,
      (open) => open === 1,
    );
    rig.relay.pause();
    proxy.setFault({ kind: "none" });
    const during = await rig.knock();
    during.write(connectTo(`target.test:${target.port}`));
    await settled();
    expect(target.count()).toBe(0);
    rig.relay.open();
    for (const socket of [underWay, during]) await hearing(socket, "200 Connection established\r\n\r\n");
    expect(rig.events.map(({ type }) => type)).toEqual(["connected", "connected"]);
  });
}

test("a cut ends what a pause kept, and nothing that was said meanwhile reaches the target", async () => {
  rig = await openRelayRig();
  await rig.use("http");
  const target = await openTarget();
  const tunnel = await openTunnel(target.port);
  const before = target.text();
  rig.relay.pause();
  tunnel.write("never");
  const waiting = await rig.knock();
  waiting.write(connectTo(`target.test:${target.port}`));
  await settled();
  const reset = once(tunnel, "error");
  rig.relay.cut("the exit drifted");
  expect((await reset)[0].code).toBe("ECONNRESET");
  await hearing(waiting, "503");
  expect([target.text(), target.count()]).toEqual([before, 1]);
});

test("a bulk transfer in the middle of a pause arrives whole, both ways", async () => {
  rig = await openRelayRig();
  await rig.use("https");
  const size = 8_388_608;
  const port = await rig.tcp((socket) => {
    let heard = 0;
    socket.on("data", (bytes: Buffer) => {
      heard += bytes.length;
    });
    socket.once("end", () => socket.end(`heard ${heard}`));
    socket.write(Buffer.alloc(size, 1));
  });
  const socket = await rig.knock();
  socket.write(connectTo(`target.test:${port}`));
  let got = 0;
  let last = "";
  socket.on("data", (bytes: Buffer) => {
    got += bytes.length;
    last = bytes.toString("latin1").slice(-20);
  });
  await eventually(
    () => got,
    (bytes) => bytes > 100_000,
  );
  rig.relay.pause();
  socket.end(Buffer.alloc(size, 2));
  await settled();
  const held = got;
  await settled();
  expect([got, got < size]).toEqual([held, true]);
  rig.relay.open();
  await once(socket, "close");
  expect(last).toContain(`heard ${size}`);
  expect(got).toBeGreaterThan(size);
});

test("plain HTTP in absolute form is kept still too: the request, its body and the answer", async () => {
  rig = await openRelayRig();
  await rig.use("http");
  const heard: string[] = [];
  const port = await rig.http((request, response) => {
    request.on("data", (bytes: Buffer) => heard.push(bytes.toString("latin1")));
    request.once("end", () => response.end("answer"));
    response.write("first ");
  });
  const client = await rig.knock();
  const auth = Buffer.from(`bot:${token}`).toString("base64");
  client.write(
    `POST http://target.test:${port}/ HTTP/1.1\r\nHost: target.test\r\nProxy-Authorization: Basic ${auth}\r\nContent-Length: 8\r\n\r\nhalf`,
  );
  await hearing(client, "first");
  await eventually(
    () => heard.join(""),
    (text) => text === "half",
  );
  rig.relay.pause();
  client.write("rest");
  await settled();
  expect(heard.join("")).toBe("half");
  rig.relay.open();
  await hearing(client, "answer");
  expect(heard.join("")).toBe("halfrest");
  rig.relay.pause();
  const later = rig.curl(...ways(rig.relay)["absolute form"], `http://target.test:${port}/`);
  await settled();
  rig.relay.open();
  expect(await later).toBe("first answer");
});
