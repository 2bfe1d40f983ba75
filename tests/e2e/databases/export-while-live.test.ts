import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { addAccount, e2eStage, ok, startBot } from "../../support/e2e-stage.ts";

test("an export and an import are refused while a bot runs, name it, and make no file; --live does it all the same", async () => {
  const stage = await e2eStage({ proxies: { "fra-1": "http" } });
  try {
    await addAccount(stage, "alice", ["fra-1"]);
    const launcher = await startBot(stage, "alice", "fra-1");
    const refused = await stage.launch(["db", "export", "all.ndjson"]);
    expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringMatching(/LAUNCH_IN_USE.*alice/s)]);
    expect(existsSync(join(stage.folder, "all.ndjson"))).toBe(false);
    await ok(stage, ["db", "export", "all.ndjson", "--live"]);
    const into = await stage.launch(["db", "import", "all.ndjson"]);
    expect([into.exitCode, into.stderr]).toEqual([1, expect.stringMatching(/LAUNCH_IN_USE.*alice/s)]);
    const folder = await stage.launch(["db", "import", stage.folder, "--live"]);
    expect([folder.exitCode, folder.stderr]).toEqual([
      64,
      expect.stringContaining("cannot be read (it is a folder)"),
    ]);
    const doctor = JSON.parse((await stage.launch(["doctor", "--offline", "--json"])).stdout) as {
      findings: { subject: string; message: string }[];
    };
    const ranges = doctor.findings.find(({ subject }) => subject === "network.public_ranges");
    expect(ranges?.message).toMatch(/^127\.0\.0\.0\/8 \(.*launch\.yaml:\d+/);
    launcher.signal("SIGTERM");
    expect(await launcher.ended).toBe(0);
  } finally {
    await stage.close();
  }
});
