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
      await expect(launcher.start(["true"])).rejects.toThrow('run_as is "no-such-user"');
    });

    test.each(["-sys_admin", "-net_admin", "-sys_chroot,-setpcap,-net_bind_service"])(
      "root of a container (%s) has the tier in a user namespace, and its bot no capability",
      async (without) => {
        const port = await rig.http((_request, response) => response.end("fine"));
        const launcher = await rig.launcher("root", { without, ports: [80, port] });
        await launcher.use(await rig.proxy());
        expect(await launcher.order("probe")).toEqual({ kind: "works" });
        const seen = await launcher.shell(
          `id -u; grep -c '^Cap.*0000000000000000$' /proc/self/status; curl -sS http://venue.test:${port}/`,
        );
        expect(seen).toBe("0\n5\nfine");
      },
    );

    test("root that may not even have a user namespace is told which capabilities it lacks", async () => {
      const launcher = await rig.launcher("root", { without: "-sys_admin,-setfcap" });
      expect(await launcher.order("probe")).toEqual({
        kind: "refused",
        why: "root has neither CAP_SYS_ADMIN here, nor CAP_SETFCAP for a user namespace in its place.",
        hint: expect.stringContaining("--cap-add SYS_ADMIN"),
      });
    });

    test("run_as is refused to a root that cannot become another user, with what it lacks", async () => {
      const launcher = await rig.launcher("root", { without: "-sys_admin", runAs: "nobody" });
      await expect(launcher.start(["true"])).rejects.toThrow(
        "run_as needs root, but the launcher runs with root without CAP_SYS_ADMIN.",
      );
    });
  } else {
    test("run_as without root is refused", async () => {
      const launcher = await rig.launcher("rootless", { runAs: "nobody" });
      await expect(launcher.start(["true"])).rejects.toMatchObject({ code: "LAUNCH_CONFIG_INVALID" });
    });
  }
});
