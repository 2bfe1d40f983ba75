import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { eventually } from "../../../support/eventually.ts";
import { pause } from "../../../support/pause.ts";
import { signal } from "../../../support/processes/signal.ts";
import {
  forEachPrivilege,
  type IsolationRig,
  openIsolationRig,
  type TestLauncher,
} from "../isolation-rig.ts";

const kills = 10;
// Of no other test: the inside process has it among its words, all others have the launcher's folder among theirs or in their environment.
const markedPort = 26_417;

let rig: IsolationRig;
beforeEach(() => {
  rig = openIsolationRig();
});
afterEach(() => rig.close());

forEachPrivilege((privilege) => {
  test("a launcher killed at any moment of a start leaves no process of ours and no bot behind", async () => {
    const begin = async (): Promise<TestLauncher> => {
      const launcher = await rig.launcher(privilege, { ports: [80, markedPort] });
      await launcher.use(await rig.proxy());
      return launcher;
    };
    // Every second one begins its network before it knows of the bot, as launchers do.
    const start = async (launcher: TestLauncher, count: number) => {
      if (count % 2 === 0) await launcher.order("begin");
      return await launcher.start(["sh", "-c", "echo up; exec sleep 600"]);
    };
    const whole = await begin();
    const startedAt = performance.now();
    await start(whole, 0);
    await whole.printed("up");
    const wholeMs = performance.now() - startedAt;
    await whole.order("kill");
    for (let count = 1; count <= kills; count += 1) {
      const launcher = await begin();
      const starting = start(launcher, count).catch(() => {});
      // A little past the end: the last moments are the bot's own.
      await pause((count / kills) * wholeMs * 1.1);
      launcher.process.kill("SIGKILL");
      await once(launcher.process, "exit");
      await starting;
      const left = await eventually(
        () => wordsOf(launcher),
        (words) => words.length === 0,
      );
      expect(left).toEqual([]);
    }
  });

  test("where the inside process is killed the start has failed, not the tier, and nothing is left either", async () => {
    const launcher = await rig.launcher(privilege, {
      ports: Array.from({ length: 900 }, (_, index) => markedPort + index),
    });
    const refused = expect(launcher.start(["true"])).rejects.toMatchObject({
      code: "LAUNCH_HOST_LIMIT",
      message: expect.stringContaining("was not readied: what makes it was killed (signal SIGKILL)"),
    });
    const children = () => rig.childrenOf(launcher.process.pid ?? -1);
    const inside = await eventually(
      () => children().find(({ command }) => command.includes("open-sockets")),
      (found) => found !== undefined,
    );
    signal(inside?.pid, "SIGKILL");
    await refused;
    expect(children()).toEqual([]);
  });
});

function wordsOf({ folder }: TestLauncher): readonly string[] {
  return readdirSync("/proc").flatMap((pid) => {
    const words = /^\d+$/.test(pid) ? read(`/proc/${pid}/cmdline`) : "";
    const isOurs = [words, read(`/proc/${pid}/environ`)].some((text) => text.includes(folder));
    const isInside = words.includes("open-sockets") && words.includes(String(markedPort));
    return isOurs || isInside ? [words] : [];
  });
}

// A process may end while it is looked at.
function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
