import { once } from "node:events";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { afterEach, describe, expect, test } from "vitest";
import type { Dial } from "../../../lib/ports/exit-witness.ts";
import { startHttpProxy } from "../../lab/http-proxy.ts";
import { patient } from "../../patience/patience.ts";
import { eventually } from "../../support/eventually.ts";
import { closeAll, echo, names, plainDial, rawServer, started, witness } from "./witness-rig.ts";

afterEach(closeAll);

const replying = (head: string, body: string) =>
  rawServer((socket) => {
    socket.once("data", () => socket.end(`HTTP/1.1 ${head}\r\nconnection: close\r\n\r\n${body}`));
  });

describe("asking a witness", () => {
  test("through a proxy tells the proxy's exit, not this host's address", async () => {
    const { port } = await echo();
    const proxy = await started(startHttpProxy({ exitAddress: "127.0.0.41", names }));
    const dial: Dial = async (host, targetPort) => {
      const path = `${host}:${targetPort}`;
      const asked = request({ host: proxy.host, port: proxy.port, method: "CONNECT", path, agent: false });
      asked.end();
      const [, socket] = (await once(asked, "connect")) as [unknown, Socket];
      return socket;
    };
    const url = `http://witness.test:${port}/`;
    const answer = await witness.ask(url, dial, patient(5_000));
    expect(answer).toMatchObject({ kind: "seen", exitIp: "127.0.0.41", reach: "lab", witness: url });
    expect(proxy.counters().targets).toEqual([`witness.test:${port}`]);
    await eventually(
      () => proxy.counters().open,
      (open) => open === 0,
    );
  });

  test("sends one plain GET without keep-alive, and leaves no connection open", async () => {
    let asked = "";
    const port = await rawServer((socket) => {
      socket.on("data", (chunk) => {
        asked += chunk.toString();
        if (asked.includes("\r\n\r\n")) socket.write("HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n8.8.4.4");
      });
    });
    const sockets: Socket[] = [];
    const answer = await witness.ask("http://witness.test/ip?x=1", plainDial(port, sockets), patient(5_000));
    expect(answer).toMatchObject({ kind: "seen", exitIp: "8.8.4.4", reach: "public" });
    expect(asked).toMatch(/^GET \/ip\?x=1 HTTP\/1\.1\r\n/);
    expect(asked).toMatch(/^host: witness\.test\r$/im);
    expect(asked).toMatch(/^connection: close\r$/im);
    expect(asked.toLowerCase()).not.toContain("slipway");
    expect(sockets.map((socket) => socket.destroyed)).toEqual([true]);
  });

  test("works over any duplex stream, not only over sockets", async () => {
    const { port } = await echo();
    const dial: Dial = async () => {
      const socket = connect(port, "127.0.0.1");
      await once(socket, "connect");
      return Duplex.from({ readable: socket, writable: socket });
    };
    expect(await witness.ask("http://witness.test/", dial, patient(5_000))).toMatchObject({ kind: "seen" });
  });

  test.each([
    ["a page", { kind: "html" }, "answered an HTML page"],
    ["an error", { kind: "status", status: 503 }, "answered 503"],
    ["a redirect's status alone", { kind: "status", status: 302 }, "answered 302"],
    ["no address", { kind: "body", body: "hello" }, "answered no address"],
    ["a private address", { kind: "lie", address: "192.168.1.5" }, "not a public address"],
  ] as const)("gets %s and knows nothing, without blaming the way", async (_what, mood, why) => {
    const server = await echo();
    server.setMood(mood);
    const answer = await witness.ask("http://witness.test/", plainDial(server.port), patient(5_000));
    expect(answer).toMatchObject({ kind: "unknown", failure: undefined });
    expect(answer.kind === "unknown" && answer.why).toContain(why);
  });

  test("follows no redirect", async () => {
    const port = await replying("302 Found\r\nlocation: http://other.test/", "8.8.4.4");
    const dialled: string[] = [];
    const dial: Dial = (host, ...rest) => {
      dialled.push(host);
      return plainDial(port)(host, ...rest);
    };
    expect(await witness.ask("http://witness.test/", dial, patient(5_000))).toMatchObject({
      why: "answered 302, a redirect, which is not followed",
    });
    expect(dialled).toEqual(["witness.test"]);
  });

  test("takes no answer of a cache, which saw somebody else or another time", async () => {
    const ask = async (age: string) => {
      const port = await replying(`200 OK\r\nage: ${age}`, "8.8.4.4");
      return await witness.ask("http://witness.test/", plainDial(port), patient(5_000));
    };
    expect(await ask("86400")).toMatchObject({ kind: "unknown", why: "answered from a cache, 86400 s old" });
    expect(await ask("0")).toMatchObject({ kind: "seen" });
  });

  test("takes no compressed answer, since it asked for none", async () => {
    const port = await replying("200 OK\r\ncontent-encoding: gzip", "8.8.4.4");
    expect(await witness.ask("http://witness.test/", plainDial(port), patient(5_000))).toMatchObject({
      why: "answered with the encoding gzip, which was not requested",
    });
  });

  test("reads no more than 4 KiB of an endless answer", async () => {
    const port = await rawServer((socket) => {
      socket.once("data", () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        const pour = () => {
          while (!socket.destroyed && socket.write("8.8.4.4 ".repeat(512)));
        };
        socket.on("drain", pour);
        pour();
      });
    });
    const sockets: Socket[] = [];
    const answer = await witness.ask("http://witness.test/", plainDial(port, sockets), patient(5_000));
    expect(answer).toMatchObject({ kind: "unknown", why: "answered more than 4 KiB" });
    expect(sockets[0]?.bytesRead).toBeLessThan(1_000_000);
    expect(sockets[0]?.destroyed).toBe(true);
  });

  test.each([
    ["closes without a word", (socket: Socket) => socket.end(), "reset"],
    ["talks nonsense", (socket: Socket) => socket.end("SSH-2.0-OpenSSH\r\n"), "protocol"],
    [
      "breaks off",
      (socket: Socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n8.8.4.4"),
      "reset",
    ],
  ] as const)("from a server that %s brings the failure behind the proxy", async (_what, serve, kind) => {
    const port = await rawServer((socket) => socket.once("data", () => serve(socket)));
    const answer = await witness.ask("http://witness.test/", plainDial(port), patient(5_000));
    expect(answer).toMatchObject({ kind: "unknown", failure: { kind, scope: "target" } });
  });

  test("gives up in time on a witness that says nothing, and on one that says it drop by drop", async () => {
    const silent = await rawServer(() => {});
    const sockets: Socket[] = [];
    const answer = await witness.ask("http://witness.test/", plainDial(silent, sockets), 150);
    expect(answer).toMatchObject({ kind: "unknown", failure: { kind: "timeout", scope: "target" } });
    const dripping = await rawServer((socket) =>
      socket.once("data", () => socket.write("HTTP/1.1 200 OK\r\n\r\n8.8")),
    );
    const slow = await witness.ask("http://witness.test/", plainDial(dripping, sockets), 150);
    expect(slow).toMatchObject({ kind: "unknown", failure: { kind: "timeout" } });
    expect(sockets.map((socket) => socket.destroyed)).toEqual([true, true]);
  });

  test("carries the relay's own word for a proxy that cannot be used", async () => {
    const failure = {
      kind: "auth",
      scope: "upstream",
      message: "fra-1 refused the credential (407)",
      status: 407,
    };
    const dial: Dial = () => Promise.reject(Object.assign(new Error("no"), { failure }));
    expect(await witness.ask("http://witness.test/", dial, patient(5_000))).toMatchObject({
      kind: "unknown",
      why: failure.message,
      failure,
    });
  });

  test("destroys a connection that comes after its time", async () => {
    const { port } = await echo();
    const late = connect(port, "127.0.0.1");
    await once(late, "connect");
    let come = (_socket: Socket) => {};
    const dial: Dial = () => new Promise((resolve) => (come = resolve));
    expect(await witness.ask("http://witness.test/", dial, 50)).toMatchObject({
      failure: { kind: "timeout", scope: "upstream", message: "no connection to witness.test within 0 s" },
    });
    come(late);
    if (!late.closed) await once(late, "close");
    expect(late.destroyed).toBe(true);
  });

  test.each(["ftp://witness.test/", "witness.test", "http://user:pass@witness.test/"])(
    "knows nothing of %s and dials nowhere",
    async (url) => {
      const dial: Dial = () => Promise.reject(new Error("dialled"));
      expect(await witness.ask(url, dial, patient(5_000))).toMatchObject({
        why: "is not a plain http or https URL",
      });
    },
  );
});
