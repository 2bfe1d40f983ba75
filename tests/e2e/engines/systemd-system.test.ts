import { execFileSync } from "node:child_process";
import { chownSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LabEcho, startEcho } from "../../lab/echo.ts";
import { type LabProxy, startHttpProxy } from "../../lab/http-proxy.ts";
import { newStranger, type Stranger } from "../../support/operator/launch-program.ts";
import { type Manager, managed, whyNoManager } from "../../support/systemd/manager.ts";
import { startSystemManager } from "../../support/systemd/system-manager.ts";

const why = whyNoManager();
const names = { "one.witness.test": "127.0.0.21", "two.witness.test": "127.0.0.22" };

let stranger: Stranger;
let proxy: LabProxy;
let witnesses: readonly LabEcho[] = [];
let manager: Manager;

describe.skipIf(why !== undefined && !process.env["CI"])(`under the host's systemd${why ?? ""}`, () => {
  beforeAll(async () => {
    stranger = newStranger();
    proxy = await startHttpProxy({ exitAddress: "127.0.0.11", user: "user", pass: "pass", names });
    witnesses = [
      await startEcho({ shape: "ipify", listen: { host: "127.0.0.21" } }),
      await startEcho({ shape: "ipinfo", listen: { host: "127.0.0.22" } }),
    ];
    writeFiles();
    execFileSync("chown", ["-R", `${managed.uid}:${managed.gid}`, stranger.home]);
    const units = join(stranger.home, "units");
    manager = await startSystemManager(stranger.home, stranger.env["PATH"] ?? "", units);
    chownSync(units, managed.uid, managed.gid);
    // The key file is not where bots see nothing anyway.
    await launch(["init", "--key-file", keyFile()]);
    const flags = `--proxy-label fra-1 --proxy-endpoint http://127.0.0.1:${proxy.port} --proxy-user user`;
    await launch(
      [...`account add alice ${flags} --proxy-pass-stdin --key-file`.split(" "), keyFile()],
      "pass\n",
    );
    const generate = ["generate", "systemd", "--system", "--run-as", "nobody", "--out", units];
    await launch([...generate, "--key-file", keyFile()]);
    mkdirSync(join(units, "service.d"));
    const output = join(stranger.home, "units.log");
    writeFileSync(
      join(units, "service.d", "log.conf"),
      `[Service]\nStandardOutput=append:${output}\nStandardError=inherit\n`,
    );
    await manager.systemctl("daemon-reload");
  });
  afterAll(async () => {
    await manager.close();
    for (const piece of [proxy, ...witnesses]) await piece.close();
    stranger.remove();
  });

  test("what hardens the units leaves the kernel tier whole, the key file is covered, and a bot does not see what was handed over either", async () => {
    const started = await manager.systemctl("start", "launch.service");
    expect(started.status, started.stderr + said()).toBe(0);
    expect(await manager.show("launch.service", "StatusText")).toBe("2 of 2 units run");
    expect(await manager.show("launch-db.service", "ActiveState")).toBe("active");
    expect(await manager.show("launch.service", "ProtectSystem")).toBe("full");
    const { runs } = JSON.parse(await launch(["ps", "--running", "--json"])) as { runs: object[] };
    expect(runs).toContainEqual(
      expect.objectContaining({ unit: "alice", tier: "kernel", exit_ip: "127.0.0.11" }),
    );
    const found = (unit: string) => readFileSync(join(stranger.home, `${unit}.key`), "utf8").split(" ");
    expect(found("alice")).toEqual(["EACCES", "empty"]);
    // A collector is enclosed by nothing but the unit, and is of the launcher's user.
    expect(found("funding")).toEqual(["EACCES", "read"]);
    await manager.systemctl("stop", "launch.service");
    expect(await manager.show("launch.service", "Result")).toBe("success");
  });
});

const keyFile = () => join(stranger.home, "elsewhere", "keys");

function said(): string {
  return manager.log() + readFileSync(join(stranger.home, "units.log"), "utf8");
}

/** Runs a command as the units' user. */
async function launch(words: readonly string[], input = ""): Promise<string> {
  const done = await manager.run("launch", words, input);
  expect(`${done.status} ${done.stderr}`).toMatch(/^0 /);
  return done.stdout;
}

function writeFiles(): void {
  const { home } = stranger;
  mkdirSync(join(home, "elsewhere"));
  const program = `import { readFileSync, writeFileSync } from "node:fs";
const [result] = process.argv.slice(2);
const tried = [${JSON.stringify(keyFile())}, "/run/credentials/launch.service/launch-keys"].map((file) => {
  try { return readFileSync(file).length === 0 ? "empty" : "read"; } catch (error) { return error.code; }
});
writeFileSync(result, tried.join(" "));
setInterval(() => undefined, 1000);
`;
  writeFileSync(join(home, "bot.mjs"), program);
  const [one, two] = witnesses;
  writeFileSync(
    join(home, "launch.yaml"),
    `version: 1
network:
  witnesses: ["http://one.witness.test:${one?.port}", "http://two.witness.test:${two?.port}"]
  public_ranges: [127.0.0.0/8]
defaults: { isolation: kernel, stop: { grace: 3s } }
bots:
  alice: { command: [node, bot.mjs, "${home}/alice.key"] }
collectors:
  funding: { command: [node, bot.mjs, "${home}/funding.key"] }
`,
  );
}
