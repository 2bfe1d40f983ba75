import { describe, expect, test } from "vitest";
import type { CommandNature } from "../../../../lib/ports/spawner.ts";
import { chooseTier, type TierPorts } from "../../../../lib/supervisor/process/choose-tier.ts";
import { sampleBot } from "../../../support/fleet/sample-units.ts";

const natures: Readonly<Record<string, CommandNature>> = {
  node: { kind: "node", executable: "/usr/bin/node", version: "v20.19.0" },
  curl: { kind: "other", executable: "/usr/bin/curl" },
};

function ports(isKernelHere: boolean): TierPorts {
  return {
    spawner: {
      inspect: async ([word = ""]) => natures[word] ?? { kind: "missing", why: `no ${word} in PATH` },
    },
    tryKernel: async () =>
      isKernelHere ? { kind: "works" } : { kind: "refused", why: "no namespaces", hint: "" },
    journal: { say: () => {} },
  };
}

describe.each(["preSwitch", "onLost"] as const)("the hook %s", (hook) => {
  const choose = (
    command: readonly string[],
    isKernelHere: boolean,
    isolation: "auto" | "env" | "preload" = "auto",
  ) => chooseTier(ports(isKernelHere), sampleBot({ isolation, [hook]: command }), "/usr/bin");

  test("may be any program in the kernel tier, and where nothing is enforced", async () => {
    expect(await choose(["curl", "x"], true)).toMatchObject({ tier: "kernel" });
    expect(await choose(["curl", "x"], false, "env")).toMatchObject({ tier: "env" });
  });

  test("is refused at the start with 78 where its tier cannot enclose it, chosen or asked for", async () => {
    const refusal = {
      code: "LAUNCH_TIER_UNAVAILABLE",
      exitStatus: 78,
      message: expect.stringContaining("/usr/bin/curl"),
    };
    await expect(choose(["curl", "x"], false)).rejects.toMatchObject(refusal);
    await expect(choose(["curl", "x"], true, "preload")).rejects.toMatchObject(refusal);
    expect(await choose(["node", "x.js"], false)).toMatchObject({ tier: "preload" });
  });

  test("is found missing at the start and not at the switch", async () => {
    await expect(choose(["gone"], true)).rejects.toMatchObject({ code: "LAUNCH_SPAWN_FAILED" });
  });
});
