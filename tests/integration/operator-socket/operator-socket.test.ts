import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { operatorSockets } from "../../../lib/adapters/operator-socket/operator-socket.ts";
import type { UnitKey } from "../../../lib/domain/run/unit-key.ts";
import type { UnitSnapshot } from "../../../lib/domain/run/unit-snapshot.ts";
import type { OperatorChannel, OperatorHandler } from "../../../lib/ports/operator-channel.ts";
import { protocolVersion } from "../../../lib/protocol/version.ts";
import { eventually } from "../../support/eventually.ts";

const hello = { v: protocolVersion, type: "hello", program: "launch", version: "1" };
const ask = { type: "ask", unit: "bot:1", verb: "stop", by: "user:ann", arguments: {} };

let folder = "";
let channel: OperatorChannel;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "slipway-operators-"));
  channel = await listen(join(folder, "run", "one.op.sock"));
});
afterEach(async () => {
  await channel.close();
  rmSync(folder, { recursive: true, force: true });
});

const asked: unknown[] = [];
function listen(path: string, handler: Partial<OperatorHandler> = {}): Promise<OperatorChannel> {
  return operatorSockets("0.1.0").listen(path, {
    ask: async (...given) => {
      asked.push(given);
      return { isDone: true, text: "It stopped." };
    },
    snapshot: () => [],
    held: () => new Map(),
    exec: async () => ({ kind: "refused", code: "LAUNCH_UNKNOWN_UNIT", why: "nothing runs" }),
    ...handler,
  });
}

/** What the launcher says to these lines until it hangs up. */
async function hear(...lines: readonly unknown[]): Promise<readonly unknown[]> {
  const socket = connect(channel.path);
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => void chunks.push(chunk));
  for (const line of lines) socket.write(`${typeof line === "string" ? line : JSON.stringify(line)}\n`);
  await once(socket, "close");
  const said = Buffer.concat(chunks).toString().trim().split("\n");
  return said.map((line) => JSON.parse(line) as unknown).slice(1);
}

/** A process that listens in the folder under its own pid, as a launcher does. */
async function startListener(): Promise<{ readonly child: ChildProcess; readonly path: string }> {
  const program = `const path = process.argv[1] + "/" + process.pid + "-0a1b2c3d.op.sock";
    require("node:net").createServer().listen(path, () => console.log(path));`;
  const child = spawn(process.execPath, ["-e", program, join(folder, "run")], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return { child, path: line.toString().trim() };
}

describe("a launcher's operator socket", () => {
  test("takes those away that killed launchers left, and none of a living one", async () => {
    const [killed, living] = await Promise.all([startListener(), startListener()]);
    killed.child.kill("SIGKILL");
    await once(killed.child, "close");
    expect(existsSync(killed.path)).toBe(true);
    const next = await listen(join(folder, "run", "two.op.sock"));
    await eventually(
      () => existsSync(killed.path),
      (isThere) => !isThere,
    );
    expect([existsSync(living.path), existsSync(channel.path)]).toEqual([true, true]);
    living.child.kill("SIGKILL");
    await once(living.child, "close");
    await next.close();
  });

  test("is its user's alone, and goes with the launcher", async () => {
    expect(statSync(channel.path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "run")).mode & 0o777).toBe(0o700);
    await channel.close();
    expect(existsSync(channel.path)).toBe(false);
    channel = await listen(join(folder, "run", "two.op.sock"));
  });

  test("says hello with its protocol first, and answers one question a connection", async () => {
    asked.length = 0;
    expect(await hear(hello, ask, ask)).toEqual([{ type: "answer", isDone: true, text: "It stopped." }]);
    expect(asked).toEqual([["bot:1", { verb: "stop", by: "user:ann", arguments: {} }]]);
    const socket = connect(channel.path);
    const [first] = (await once(socket, "data")) as [Buffer];
    socket.destroy();
    expect(JSON.parse(first.toString())).toEqual({ ...hello, version: "0.1.0" });
  });

  test("tells where a hundred units stand, each in a frame of its own", async () => {
    await channel.close();
    const units = Array.from({ length: 100 }, (_, n) => ({ unitKey: `bot:${n}` as UnitKey }) as UnitSnapshot);
    channel = await listen(join(folder, "run", "many.op.sock"), { snapshot: () => units });
    const said = await hear(hello, { type: "snapshot" });
    expect(said).toEqual([...units.map((unit) => ({ type: "unit", unit })), { type: "end" }]);
  });

  test.each<[string, readonly unknown[], string]>([
    ["another protocol", [{ ...hello, v: 99 }, ask], "speaks protocol 99"],
    ["no hello", [ask], "a question before hello"],
    ["no JSON", ["x"], "not JSON"],
    ["a line without end", [`"${"x".repeat(70_000)}`], "64 KiB"],
    ["a verb of another time", [hello, { ...ask, verb: "dance" }], 'does not understand the question "ask"'],
    ["a question of another time", [hello, { type: "dance" }], 'does not understand the question "dance"'],
  ])("answers %s with why it cannot", async (_what, lines, why) => {
    expect(await hear(...lines)).toEqual([{ type: "error", why: expect.stringContaining(why) }]);
  });

  test("passes on why its launcher failed, and serves the next", async () => {
    await channel.close();
    const handler = { ask: () => Promise.reject(new Error("no more")) };
    channel = await listen(join(folder, "run", "poor.op.sock"), handler);
    expect(await hear(hello, ask)).toEqual([{ type: "error", why: "no more" }]);
    expect(await hear(hello, { type: "snapshot" })).toEqual([{ type: "end" }]);
  });

  test.runIf(process.platform === "linux")("listens where its path is too long for a socket", async () => {
    const deep = join(folder, "d".repeat(120));
    mkdirSync(deep);
    const long = await listen(join(deep, "run", "one.op.sock"));
    expect(statSync(long.path)).toMatchObject({ mode: expect.any(Number) });
    expect(statSync(long.path).isSocket()).toBe(true);
    await long.close();
    expect(existsSync(long.path)).toBe(false);
  });
});
