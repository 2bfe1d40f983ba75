import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import {
  forEachPrivilege,
  type IsolationRig,
  isRoot,
  openIsolationRig,
  type Privilege,
  type TestLauncher,
} from "../../integration/isolation/isolation-rig.ts";

const prober = fileURLToPath(new URL("../../fixtures/leak/tries-processes.py", import.meta.url));
const page = readFileSync(new URL("../../../docs/isolation.md", import.meta.url), "utf8");
const limits = page
  .split("\n## ")
  .find((section) => section.startsWith("Limits"))
  ?.replaceAll(/\s+/g, " ");

// Whether root's files can be written without privilege is the machine's matter: a container has some of them read-only.
const rootsFiles = ["kernel settings", "control groups", "devices"];

let rig: IsolationRig;
beforeEach(() => {
  rig = openIsolationRig();
});
afterEach(() => rig.close());

forEachPrivilege((privilege) => {
  test(`a bot of a ${privilege} launcher may signal its launcher, as the page says, and gets at nothing else of it`, async () => {
    const { launcher, masked } = await launcherWithMask(privilege);
    const outcomes = await probe(launcher, launcher.process.pid ?? -1, masked);
    const seen = done(outcomes).filter((what) => privilege === "rootless" || !rootsFiles.includes(what));
    expect(seen).toEqual(["signal"]);
    expect(limits).toContain("owns root's files, including kernel settings and control groups");
    expect(outcomes.length).toBeGreaterThan(25);
    expect(limits).toContain("It can signal its launcher");
  });

  test(`whether a bot of a ${privilege} launcher gets at another's bot is what the page says`, async () => {
    const { launcher, masked } = await launcherWithMask(privilege);
    const bot = await (await rig.launcher(privilege)).start(["sleep", "60"]);
    const seen = done(await probe(launcher, bot.pid, masked));
    if (privilege === "rootless") expect(seen).toEqual(["signal"]);
    else expect(seen).toEqual(expect.arrayContaining(["environ", "root", "ptrace", "signal"]));
    expect(limits).toContain("Such bots can also read and trace one another");
  });
});

test("a cover goes with what it lay on, as the page says", async () => {
  // In the bot's own /tmp the cover would stay.
  const folder = mkdtempSync("/dev/shm/slipway-cover-");
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const daemon = join(folder, "daemon");
  mkdirSync(daemon);
  chmodSync(folder, 0o755);
  const launcher = await rig.launcher(isRoot ? "root" : "rootless", { hidden: [daemon] });
  const look = `ls ${daemon}`;
  execFileSync("mkfifo", [join(launcher.folder, "go")]);
  const bot = await launcher.start(["sh", "-c", `${look}; echo up; read -r _ <go; ${look}`]);
  await launcher.printed("up");
  rmSync(daemon, { recursive: true });
  mkdirSync(daemon);
  writeFileSync(join(daemon, "socket"), "");
  writeFileSync(join(launcher.folder, "go"), "on\n");
  await bot.end;
  expect(launcher.output()).toBe("up\nsocket\n");
  expect(limits).toMatch(/creates its folder or socket again .*is covered only after/);
});

test("a bot with a user of its own may not even signal its launcher", async (context) => {
  if (!isRoot) return context.skip("NOT TESTED: run_as needs root.");
  const { launcher, masked } = await launcherWithMask("root", "nobody");
  expect(done(await probe(launcher, launcher.process.pid ?? -1, masked))).toEqual([]);
});

/** A launcher that hides a folder with a file named secret, which nothing but the mask keeps from its bot. */
async function launcherWithMask(
  privilege: Privilege,
  runAs?: string,
): Promise<{ readonly launcher: TestLauncher; readonly masked: string }> {
  const masked = rig.folder();
  const user = runAs === undefined ? {} : { runAs };
  const launcher = await rig.launcher(privilege, { hidden: [masked], state: masked, ...user });
  writeFileSync(join(masked, "secret"), "secret");
  chmodSync(join(masked, "secret"), 0o644);
  return { launcher, masked };
}

async function probe(launcher: TestLauncher, pid: number, masked: string): Promise<readonly string[]> {
  const from = launcher.output().length;
  // Where every user can read it.
  const program = join(launcher.folder, "tries-processes.py");
  copyFileSync(prober, program);
  const words = ["/usr/bin/python3", program, String(pid), masked, ...descriptorsHere()];
  const bot = await launcher.start(words);
  await bot.end;
  return launcher.output().slice(from).trim().split("\n");
}

// Whatever started the tests may have left a descriptor open, which every process below inherits.
function descriptorsHere(): readonly string[] {
  return readdirSync("/proc/self/fd").flatMap((number) => {
    try {
      return [readlinkSync(`/proc/self/fd/${number}`)];
    } catch {
      return [];
    }
  });
}

/** What was not refused. */
function done(outcomes: readonly string[]): readonly string[] {
  return outcomes.filter((line) => !line.includes(": refused")).map((line) => line.replace(/: done$/, ""));
}
