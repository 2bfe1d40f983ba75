import { once } from "node:events";
import { existsSync, mkdtempSync, renameSync, rmSync, statSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createBotChannelFactory } from "../../../lib/adapters/bot-channel/bot-channel.ts";
import type { RunId } from "../../../lib/domain/ids.ts";
import type { BotChannel, BotChannelEvent } from "../../../lib/ports/bot-channel.ts";
import { protocolVersion } from "../../../lib/protocol/version.ts";

const runId = "00000000-0000-4000-8000-00000000c0de" as RunId;
const hello = {
  v: protocolVersion,
  type: "hello",
  program: "node",
  version: "v22.0.0",
  runId,
  pid: 41,
  preload: { observe: true, tunnel: true, selfCheck: "ok" },
};

let folder = "";
let channel: BotChannel;
let events: BotChannelEvent[] = [];
let sockets: Socket[] = [];
let wake = () => {};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "slipway-channel-"));
  [events, sockets] = [[], []];
  channel = await listen(join(folder, "run", "bot.sock"));
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await channel.close();
  rmSync(folder, { recursive: true, force: true });
});

function listen(path: string): Promise<BotChannel> {
  const onEvent = (event: BotChannelEvent) => {
    events.push(event);
    wake();
  };
  return createBotChannelFactory().listen({ runId, path, launcherVersion: "0.1.0", onEvent });
}

async function eventsTill(count: number): Promise<readonly BotChannelEvent[]> {
  while (events.length < count) {
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
  return events;
}

function client(...frames: readonly unknown[]): Socket {
  const socket = connect(channel.path);
  socket.on("error", () => {});
  sockets.push(socket);
  for (const frame of frames) socket.write(`${typeof frame === "string" ? frame : JSON.stringify(frame)}\n`);
  return socket;
}

async function linesOf(socket: Socket, count: number): Promise<readonly Record<string, unknown>[]> {
  const lines: Record<string, unknown>[] = [];
  for await (const line of createInterface({ input: socket })) {
    lines.push(JSON.parse(line) as Record<string, unknown>);
    if (lines.length === count) break;
  }
  return lines;
}

test("a bot says hello, sends heartbeats and checks its exit, and what else it says is ignored", async () => {
  const answer = { status: 200, body: "203.0.113.7" };
  client(
    hello,
    { type: "heartbeat", lagMs: 3 },
    { type: "exit-check", id: 1, witness: "https://w.test/", answer },
    { type: "exit-check", id: 2, witness: "https://w.test/", answer: { error: "ECONNRESET" } },
    { type: "stop", account: "bob" },
    { type: "heartbeat", lagMs: 4 },
  );
  expect(await eventsTill(5)).toEqual([
    {
      type: "hello",
      pid: 41,
      program: "node",
      version: "v22.0.0",
      observes: true,
      tunnel: true,
      selfCheck: "ok",
    },
    { type: "heartbeat", pid: 41, lagMs: 3 },
    { type: "exit-check", id: 1, witness: "https://w.test/", answer },
    { type: "exit-check", id: 2, witness: "https://w.test/", answer: { error: "ECONNRESET" } },
    { type: "heartbeat", pid: 41, lagMs: 4 },
  ]);
});

test("the launcher says hello first, and asks the oldest process of the bot", async () => {
  expect(channel.requestExitCheck(1, "https://w.test/", 500)).toBe(false);
  const main = client(hello);
  await eventsTill(1);
  const child = client({ ...hello, pid: 42 });
  await eventsTill(2);
  expect(channel.requestExitCheck(7, "https://w.test/", 500)).toBe(true);
  expect(channel.announceSwitch(8)).toBe(true);
  expect(await linesOf(main, 3)).toEqual([
    { v: protocolVersion, type: "hello", program: "launch", version: "0.1.0" },
    { type: "read", id: 7, witness: "https://w.test/", timeoutMs: 500 },
    { type: "switch", id: 8 },
  ]);
  main.destroy();
  await once(main, "close");
  const asked = linesOf(child, 2);
  // The channel learns of the main process' end on its own side of the socket, some turns of the loop later.
  client({ ...hello, pid: 43 });
  await eventsTill(3);
  expect(channel.requestExitCheck(9, "https://w.test/", 500)).toBe(true);
  expect((await asked)[1]).toMatchObject({ type: "read", id: 9 });
});

test("the launcher asks our own code to read, not a program that only reports", async () => {
  const { preload: _, ...own } = hello;
  client({ ...own, program: "my bot" }, { type: "report", what: "burned" });
  expect(await eventsTill(1)).toMatchObject([{ type: "report", pid: 41, what: "burned" }]);
  expect(channel.requestExitCheck(1, "https://w.test/", 500)).toBe(false);
  client(hello);
  await eventsTill(2);
  expect(channel.requestExitCheck(2, "https://w.test/", 500)).toBe(true);
});

test("every program that subscribed is told before the exit is left, and has left when it says so or is gone", async () => {
  expect(channel.announceLeaving(1, 10_000, "burned")).toBe(false);
  const subscribe = { type: "subscribe", to: ["leaving"] };
  const main = client(hello, subscribe);
  const helper = client({ ...hello, pid: 42, preload: undefined }, subscribe);
  while (events.filter((event) => event.type === "subscribed").length < 2)
    await eventsTill(events.length + 1);
  const told = [linesOf(main, 2), linesOf(helper, 2)];
  expect(channel.announceLeaving(2, 10_000, "burned at binance")).toBe(true);
  for (const lines of told) {
    const leaving = { type: "leaving", id: 2, withinMs: 10_000, why: "burned at binance" };
    expect((await lines)[1]).toEqual(leaving);
  }
  const before = events.length;
  main.write(
    '{"type":"left","id":7}\n{"type":"left","id":2}\n{"type":"left","id":2}\n{"type":"heartbeat","lagMs":0}\n',
  );
  expect((await eventsTill(before + 1)).slice(before)).toMatchObject([{ type: "heartbeat" }]);
  helper.destroy();
  expect((await eventsTill(before + 2)).slice(before + 1)).toEqual([{ type: "left", id: 2 }]);
});

test.each([
  ["garbage", ["\u0000\u0001 no json"], "not JSON"],
  ["another protocol", [{ ...hello, v: 1 }], `speaks protocol 1, this is protocol ${protocolVersion}`],
  ["another run", [{ ...hello, runId: "00000000-0000-4000-8000-000000000bad" }], "a hello of another run"],
  ["no hello", [{ type: "heartbeat", lagMs: 1 }], '"heartbeat" before hello'],
  ["a hello without pid", [{ ...hello, pid: "1" }], "a hello of a wrong shape"],
  ["an endless line", ["x".repeat(70_000)], "a frame longer than 64 KiB"],
])("a client with %s is refused and cut off", async (_, frames, why) => {
  const socket = client(...frames);
  const closed = once(socket.resume(), "close");
  expect(await eventsTill(1)).toEqual([{ type: "refused", why }]);
  await closed;
  client(hello);
  expect((await eventsTill(2))[1]).toMatchObject({ type: "hello", pid: 41 });
});

test("a heartbeat or an exit check of a wrong shape ends the connection", async () => {
  client(hello, { type: "heartbeat", lagMs: "soon" }, { type: "heartbeat", lagMs: 1 });
  client(hello, { type: "exit-check", id: 1, witness: "w", answer: { status: "200" } });
  const told = await eventsTill(4);
  expect(told.filter((event) => event.type === "refused").length).toBe(2);
  expect(told.some((event) => event.type === "heartbeat")).toBe(false);
});

test("a crowd of clients is turned away without harm to the bot that is connected", async () => {
  client(hello);
  await eventsTill(1);
  const crowd = Array.from({ length: 400 }, () => client());
  for (const socket of crowd.slice(200)) if (!socket.destroyed) await once(socket.resume(), "close");
  (sockets[0] as Socket).write(`${JSON.stringify({ type: "heartbeat", lagMs: 5 })}\n`);
  expect(await eventsTill(2)).toContainEqual({ type: "heartbeat", pid: 41, lagMs: 5 });
});

test("the socket is for its owner alone and is gone after close", async () => {
  expect(statSync(channel.path).mode & 0o777).toBe(0o600);
  await channel.close();
  expect(existsSync(channel.path)).toBe(false);
});

test("a path too long for a socket gives way to a private short one", async () => {
  await channel.close();
  channel = await listen(join(folder, "x".repeat(120), "bot.sock"));
  expect(channel.path.length).toBeLessThan(108);
  expect(statSync(join(channel.path, "..")).mode & 0o777).toBe(0o700);
  client(hello);
  await eventsTill(1);
  const short = channel.path;
  await channel.close();
  expect(existsSync(join(short, ".."))).toBe(false);
});

test("a socket left by a dead launcher does not stand in the way", async () => {
  const path = join(folder, "left.sock");
  const dead = createServer().listen(path);
  await once(dead, "listening");
  renameSync(path, `${path}.kept`);
  dead.close();
  await once(dead, "close");
  renameSync(`${path}.kept`, path);
  await channel.close();
  channel = await listen(path);
  client(hello);
  expect(await eventsTill(1)).toMatchObject([{ type: "hello", pid: 41 }]);
});

test("a client that floods the socket is read slowly, and the others as before", async () => {
  const items = Array.from({ length: 50 }, (_, n) => ({
    host: "api.test",
    status: 400 + n,
    at: 1,
    signed: false,
    n: 1,
    headers: {},
  }));
  client(hello, ...Array.from({ length: 2_000 }, () => ({ type: "answers", items })));
  await eventsTill(2);
  const other = client({ ...hello, pid: 42 });
  const beats = () => events.filter(({ type }) => type === "heartbeat").length;
  for (let beat = 1; beat <= 20; beat++) {
    other.write(`${JSON.stringify({ type: "heartbeat", lagMs: 0 })}\n`);
    while (beats() < beat) await eventsTill(events.length + 1);
  }
  expect(events.filter(({ type }) => type === "answers").length).toBeLessThan(1_000);
});
