import { randomUUID } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { patient } from "../../patience/patience.ts";
import { eventually } from "../../support/eventually.ts";
import { bot, startedPid, useSpawner, written } from "./rig.ts";

const rig = useSpawner();

test.each([
  ["exit 0", { code: 0, signal: undefined }],
  ["exit 37", { code: 37, signal: undefined }],
  ["kill -INT $$", { code: undefined, signal: "INT" }],
  ["kill -KILL $$", { code: undefined, signal: "KILL" }],
])("a child that ends by `%s` is reported exactly so", async (script, end) => {
  const child = await rig.spawn(["sh", "-c", script]);
  expect(await child.ended).toEqual(end);
});

test("stopping asks the whole group and lets it end by itself", async () => {
  const child = await rig.spawn([process.execPath, bot("cleans-up-on-term.mjs")]);
  await rig.stdout.line("up");
  await child.stop({ signal: "TERM", graceMs: patient(5_000) });
  expect(await child.ended).toEqual({ code: 7, signal: undefined });
  expect(rig.stdout.text()).toBe("up\ngoodbye\n");
});

test("a child that ignores the signal is killed after the grace", async () => {
  const child = await rig.spawn([process.execPath, bot("ignores-term.mjs")]);
  await rig.stdout.line("up");
  const startedAt = performance.now();
  await child.stop({ signal: "TERM", graceMs: 300 });
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(300);
  expect(await child.ended).toEqual({ code: undefined, signal: "KILL" });
  expect(rig.stdout.text()).toBe("up\nignored\n");
});

test("a grandchild is stopped with its parent", async () => {
  const child = await rig.spawn([bot("keeps-a-grandchild.sh")]);
  const grandchild = await startedPid(rig);
  expect(rig.table.startTicks(grandchild)).toBeDefined();
  await child.stop({ signal: "TERM", graceMs: patient(5_000) });
  expect(rig.table.startTicks(grandchild)).toBeUndefined();
  expect(rig.table.startTicks(child.pid)).toBeUndefined();
});

test("a descendant that left the group is found by the run id and stopped", async () => {
  const child = await rig.spawn([bot("leaves-an-escapee.sh")]);
  const escapee = await startedPid(rig);
  expect(rig.table.inGroup(child.pid)).not.toContain(escapee);
  await child.stop({ signal: "TERM", graceMs: patient(5_000) });
  expect(rig.table.startTicks(escapee)).toBeUndefined();
});

test("a bot that crashes takes its descendants along before its end is told", async () => {
  const child = await rig.spawn([bot("crashes-beside-a-grandchild.sh")]);
  const end = await child.ended;
  expect(end).toEqual({ code: undefined, signal: "SEGV" });
  expect(rig.table.startTicks(await startedPid(rig))).toBeUndefined();
});

test("killing survivors of a run ends what a lost launcher left, not the children of this one", async () => {
  const runId = randomUUID();
  const mine = await rig.spawn([bot("keeps-a-grandchild.sh")], { runId });
  await startedPid(rig);
  const orphan = await rig.orphan(runId);
  expect(await rig.spawner.killSurvivors(runId as never)).toEqual([{ pid: orphan, program: "cat" }]);
  expect(rig.table.startTicks(orphan)).toBeUndefined();
  expect(rig.table.startTicks(mine.pid)).toBe(mine.startTicks);
});

test("a child reads an empty stdin and leads its own group", async () => {
  const child = await rig.spawn([process.execPath, bot("tells-its-streams.mjs")]);
  await child.ended;
  expect(JSON.parse(rig.stdout.text())).toEqual({
    stdin: "/dev/null",
    isTty: false,
    pid: child.pid,
    group: child.pid,
    session: child.pid,
  });
});

test("a child gets the environment of the plan and nothing beside it", async () => {
  const child = await rig.spawn(["env"], { env: { A: "1" } });
  await child.ended;
  expect(rig.stdout.text().trim().split("\n").sort()).toEqual(["A=1", `LAUNCH_RUN_ID=${rig.lastRunId()}`]);
});

test("an unknown command is refused with the PATH searched and the nearest name", async () => {
  const failed = rig.spawn(["slepp"], { env: { PATH: "/nowhere:/usr/bin:/bin" } });
  await expect(failed).rejects.toMatchObject({
    code: "LAUNCH_SPAWN_FAILED",
    exitStatus: 71,
    message: 'The command could not be started: "slepp" was not found in PATH (/nowhere:/usr/bin:/bin).',
    hint: expect.stringContaining('"sleep"'),
  });
});

test("a script without its interpreter, a file that is not executable and a missing folder are refused", async () => {
  const script = rig.file("lost", "#!/no/such/interpreter\n", 0o755);
  await expect(rig.spawn([script])).rejects.toThrow("/no/such/interpreter");
  await expect(rig.spawn([rig.file("plain", "x", 0o644)])).rejects.toThrow(
    /: "[^"]+" is not an executable file\.$/,
  );
  await expect(rig.spawn(["true"], { cwd: join(rig.folder(), "gone") })).rejects.toThrow("does not exist");
});

test("an argument that cannot be passed is not quoted in the error", async () => {
  await expect(rig.spawn(["true", "secret\0"])).rejects.toThrow(/^(?!.*secret)/);
});

test("the kernel tier is refused by name", async () => {
  const kernel = { tier: "kernel", ports: [], local: [], publish: [], runAs: undefined } as const;
  const tier = { ...kernel, botSocket: "/x", onListener: () => {}, proveInside: undefined };
  await expect(rig.spawn(["true"], { tier })).rejects.toMatchObject({ code: "LAUNCH_TIER_UNAVAILABLE" });
});

test("not one line of 50 MB is lost when the child exits at once, in the log or on the way through", async () => {
  const lines = 500_000;
  const logFile = join(rig.folder(), "logs", "flood.log");
  const child = await rig.spawn([process.execPath, bot("floods-and-exits.mjs"), String(lines)], { logFile });
  expect(await child.ended).toEqual({ code: 0, signal: undefined });
  expect(rig.stdout.bytes()).toBe(lines * 100);
  // 62 MB of stamped lines: one file was put aside.
  expect(statSync(`${logFile}.00000001`).size).toBeGreaterThan(50_000_000);
  const found = await written(logFile);
  expect(found.length).toBe(lines);
  expect(found.findIndex((line, index) => Number(/^\.+(\d+)$/.exec(line)?.[1]) !== index)).toBe(-1);
  expect(statSync(logFile).mode & 0o777).toBe(0o600);
});

test("what lay in the pipe when the child ended is read when the reader takes it again", async () => {
  const release = rig.stdout.hold();
  const child = await rig.spawn([process.execPath, bot("floods-and-exits.mjs"), "1500"]);
  await eventually(
    () => rig.table.startTicks(child.pid),
    (ticks) => ticks === undefined,
  );
  expect(rig.stdout.bytes()).toBeLessThan(150_000);
  release();
  await child.ended;
  expect(rig.stdout.bytes()).toBe(150_000);
});

test("rotation keeps every line whole and in order", async () => {
  const logFile = join(rig.folder(), "rotated.log");
  const small = rig.another({ maxBytes: 100_000, totalBytes: 400_000, isCompressed: false });
  const child = await small.spawn([process.execPath, bot("floods-and-exits.mjs"), "5000"], { logFile });
  await child.ended;
  const found = await written(logFile);
  expect(found.length).toBeGreaterThan(1000);
  expect(found.map((line) => Number(/(\d+)$/.exec(line)?.[1]))).toEqual(
    Array.from({ length: found.length }, (_, index) => 5000 - found.length + index),
  );
});

test("characters split over chunks arrive whole, and a last line without end is kept", async () => {
  const logFile = join(rig.folder(), "split.log");
  const child = await rig.spawn([process.execPath, bot("splits-characters.mjs")], { logFile });
  await child.ended;
  expect(rig.stdout.text()).toBe("zażółć € 🚀\nlast");
  const found = await written(logFile);
  expect(found.map((line) => Buffer.from(line, "latin1").toString())).toEqual(["zażółć € 🚀", "last"]);
});

test("whoever reads along is told when a child has written its last", async () => {
  const seen: string[] = [];
  const stream = {
    write: (chunk: Buffer) => seen.push(chunk.toString()) > 0,
    drained: async () => {},
    ended: () => void seen.push("[end]"),
  };
  const output = { stdout: stream, stderr: { ...stream, ended: () => {} } };
  await (await rig.spawn(["printf", "banned"], { output })).ended;
  expect(seen).toEqual(["banned", "[end]"]);
});

test("a reader that goes away does not stop the bot or its log", async () => {
  const logFile = join(rig.folder(), "alone.log");
  const child = await rig.spawn([process.execPath, bot("floods-and-exits.mjs"), "50000"], { logFile });
  rig.stdout.hangUp();
  expect(await child.ended).toEqual({ code: 0, signal: undefined });
  expect((await written(logFile)).length).toBe(50_000);
});

test("a log that cannot be written is said once and does not stop the bot", async () => {
  const logFile = join(rig.file("plain-file", "x", 0o600), "bot.log");
  const child = await rig.spawn(["echo", "on we go"], { logFile });
  expect(await child.ended).toEqual({ code: 0, signal: undefined });
  expect(rig.stdout.text()).toBe("on we go\n");
  expect(rig.stderr.text()).toContain(`The log ${logFile} cannot be written`);
});
