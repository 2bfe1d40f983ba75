import { afterEach, beforeEach, expect, test } from "vitest";
import { eventually } from "../../../support/eventually.ts";
import { forEachPrivilege, type IsolationRig, openIsolationRig } from "../isolation-rig.ts";

let rig: IsolationRig;
beforeEach(() => {
  rig = openIsolationRig();
});
afterEach(() => rig.close());

forEachPrivilege((privilege) => {
  test("the probe tries the whole set-up and leaves nothing behind", async () => {
    const launcher = await rig.launcher(privilege);
    const before = await launcher.order("descriptors");
    expect(await launcher.order("probe")).toEqual({ kind: "works" });
    await eventually(
      () => launcher.order("descriptors"),
      (now) => now === before,
    );
  });

  if (privilege === "root") return;

  test.each(["max_user_namespaces", "max_net_namespaces"])(
    "a %s of 0 is named with what to type",
    async (name) => {
      const launcher = await rig.launcher(privilege, { within: `echo 0 > /proc/sys/user/${name}` });
      expect(await launcher.order("probe")).toEqual({
        kind: "refused",
        why: `the kernel allows no namespaces: user.${name} is 0.`,
        hint: `Run \`sysctl -w user.${name}=15000\` and keep it in /etc/sysctl.d.`,
      });
      await expect(launcher.start(["true"])).rejects.toMatchObject({ code: "LAUNCH_TIER_UNAVAILABLE" });
    },
  );
});
