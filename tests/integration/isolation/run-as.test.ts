import { once } from "node:events";
import { afterEach, beforeEach, expect, test } from "vitest";
import { forEachPrivilege, type IsolationRig, openIsolationRig } from "./isolation-rig.ts";

let rig: IsolationRig;
beforeEach(() => {
  rig = openIsolationRig();
});
afterEach(() => rig.close());

forEachPrivilege((privilege) => {
  if (privilege === "root") {
    test("run_as makes the bot that user, with its groups and home and no capability, and bot.sock is its own", async () => {
      const port = await rig.http((_request, response) => response.end("fine"));
      const launcher = await rig.launcher("root", { runAs: "nobody", ports: [80, port] });
      await launcher.use(await rig.proxy());
      const seen = await launcher.shell(
        `id -un; id -G; echo $HOME $USER; grep -c '^Cap.*0000000000000000$' /proc/self/status; test -w ${launcher.botSocket} && echo writable; curl -sS http://venue.test:${port}/`,
      );
      expect(seen).toBe("nobody\n65534\n/nonexistent nobody\n5\nwritable\nfine");
    });

    test("a bot run as another user ends with its launcher too", async () => {
      const launcher = await rig.launcher("root", { runAs: "nobody" });
      const { pid } = await launcher.start(["sh", "-c", "echo up; while :; do sleep 1; done"]);
      await launcher.printed("up");
      launcher.process.kill("SIGKILL");
      await once(launcher.process, "exit");
      await rig.gone(pid);
    });

    test("a user that this host does not have is refused by name", async () => {
      const launcher = await rig.launcher("root", { runAs: "no-such-user" });
      await expect(launcher.start(["true"])).rejects.toThrow('run_as names "no-such-user"');
    });
  } else {
    test("run_as without root is refused", async () => {
      const launcher = await rig.launcher("rootless", { runAs: "nobody" });
      await expect(launcher.start(["true"])).rejects.toMatchObject({ code: "LAUNCH_CONFIG_INVALID" });
    });
  }
});
