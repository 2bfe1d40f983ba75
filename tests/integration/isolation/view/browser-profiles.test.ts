import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import {
  forEachPrivilege,
  type IsolationRig,
  isRoot,
  openIsolationRig,
  ordinaryUid,
} from "../isolation-rig.ts";

let rig: IsolationRig;
let browsers: ChildProcess[];
beforeEach(() => {
  rig = openIsolationRig();
  browsers = [];
});
afterEach(async () => {
  for (const browser of browsers) await end(browser);
  await rig.close();
});

forEachPrivilege((privilege) => {
  const uid = privilege === "rootless" && isRoot ? ordinaryUid : (process.getuid?.() ?? 0);

  test.each([
    ["SingletonLock", (pid: number) => `${hostname()}-${pid}`],
    ["lock", (pid: number) => `127.0.1.1:+${pid}`],
  ])(
    "a bot that names a profile in use outside is refused by name (%s), and starts once that browser has ended",
    async (file, owner) => {
      const profile = folderOf(uid);
      const browser = await openBrowser(profile);
      symlinkSync(owner(browser.pid ?? 0), join(profile, file));
      const launcher = await rig.launcher(privilege);
      const command = ["sh", "-c", `echo ran --user-data-dir='${profile}'`];
      await expect(launcher.start(command)).rejects.toThrow(
        `Another process (${browser.pid}) uses the browser profile ${profile}.`,
      );
      await end(browser);
      await (await launcher.start(command)).end;
      expect(launcher.output()).toContain("ran");
    },
  );

  test("the lock of a browser that crashed refuses nobody, though another process has its number by now", async () => {
    const profile = folderOf(uid);
    const later = await openBrowser(profile);
    symlinkSync(`${hostname()}-${later.pid}`, join(profile, "SingletonLock"));
    lutimesSync(join(profile, "SingletonLock"), 1_700_000_000, 1_700_000_000);
    const launcher = await rig.launcher(privilege);
    expect(await launcher.shell(`echo ran --user-data-dir='${profile}'`)).toContain("ran");
  });

  test("a profile in use outside that the bot's command does not name is empty for the bot, whether a browser's usual one or named by its words", async () => {
    const home = rig.folder();
    const usual = join(home, ".config", "chromium");
    const other = folderOf(uid);
    mkdirSync(usual, { recursive: true });
    for (const profile of [usual, other]) {
      const browser = await openBrowser(profile, uid);
      writeFileSync(join(profile, "Cookies"), "");
      symlinkSync(`${hostname()}-${browser.pid}`, join(profile, "SingletonLock"));
    }
    const launcher = await rig.launcher(privilege, { home, tmp: "shared" });
    expect(
      await launcher.shell(
        `cat ${usual}/* ${other}/* 2>&1; ls -A ${usual} ${other} | grep -c Cookies; touch ${other}/mine && echo written`,
      ),
    ).toMatch(/^0\nwritten$/m);
    await launcher.heard("said", ({ text }) => text.includes(`cannot see the browser profile ${other}`));
  });

  test("of two bots with one profile the second is refused", async () => {
    // In /tmp each would have its own.
    const profile = mkdtempSync("/dev/shm/slipway-profile-");
    onTestFinished(() => rmSync(profile, { recursive: true, force: true }));
    chownSync(profile, uid, uid);
    const command = [
      "sh",
      "-c",
      `ln -s ${hostname()}-$$ '${profile}/SingletonLock' && echo works; exec sleep 100 # --user-data-dir='${profile}'`,
    ];
    const first = await rig.launcher(privilege);
    await first.start(command);
    await first.printed("works");
    await expect((await rig.launcher(privilege)).start(command)).rejects.toThrow(
      `uses the browser profile ${profile}`,
    );
  });
});

function folderOf(uid: number): string {
  const folder = rig.folder();
  chmodSync(folder, 0o755);
  chownSync(folder, uid, uid);
  return folder;
}

/** A process that could be a browser with this profile, as its words tell. */
async function openBrowser(profile: string, uid = process.getuid?.()): Promise<ChildProcess> {
  const as = uid === process.getuid?.() ? {} : { uid, gid: uid };
  const browser = spawn(
    process.execPath,
    ["-e", "setInterval(() => {}, 1000)", "--", `--user-data-dir=${profile}`],
    {
      stdio: "ignore",
      ...as,
    },
  );
  browsers.push(browser);
  await once(browser, "spawn");
  return browser;
}

async function end(browser: ChildProcess): Promise<void> {
  if (browser.exitCode !== null || browser.signalCode !== null) return;
  const exited = once(browser, "exit");
  browser.kill("SIGKILL");
  await exited;
}
