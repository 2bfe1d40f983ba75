import {
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { packageRoot } from "../../../lib/config/package-root.ts";
import type { Stage } from "../../lab/stage.ts";
import { patient } from "../../patience/patience.ts";
import { openPodman, type Podman, whyNoPodman } from "../../support/containers/podman.ts";
import { type TestDatabase, testDatabase } from "../../support/database/database.ts";
import { addAccount, e2eStage, ok, seenAtVenue } from "../../support/e2e-stage.ts";
import { eventually } from "../../support/eventually.ts";

const isFull = process.env["LAUNCH_TEST_SIZE"] === "full";
const why = whyNoPodman();
const user = 10_001;
const bot = fileURLToPath(new URL("../../fixtures/bots/asks-venue.mjs", import.meta.url));

let stage: Stage;
let database: TestDatabase;
let podman: Podman;
let folder: string;

/** What compose would start, read from the file that was generated. */
interface Service {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly cap_drop: readonly string[];
  readonly security_opt: readonly string[];
  readonly secrets: readonly { readonly source: string; readonly target: string }[];
}

// A base and an image are built, which takes minutes: `LAUNCH_TEST_SIZE=full npx vitest run tests/e2e/engines/containers.test.ts`.
describe.skipIf(!isFull || why !== undefined)(`in real containers${why ?? ""}`, () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "launch-podman-"));
    [database, stage] = await Promise.all([
      testDatabase(),
      e2eStage({ proxies: { "fra-1": "http", "ams-1": "socks5" }, yaml }),
    ]);
    prepareProject();
    await addAccount(stage, "alice", ["fra-1"]);
    await addAccount(stage, "bob", ["ams-1"]);
    podman = openPodman(folder);
    await podman.makeBase("localhost/slipway-base");
    await generate("kernel");
    const words = `build --isolation chroot --network host --layers=false --build-context slipway=${packageRoot()}`;
    const base = "--build-arg BASE=localhost/slipway-base -t slipway:local";
    await podman.call([...`${words} ${base}`.split(" "), stage.folder]);
  }, patient(900_000));
  afterAll(async () => {
    await podman?.call(["rm", "--all", "--force", "--time", "0"]);
    await stage?.close();
    await database?.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  test("the image holds the project and none of its secrets", async () => {
    const files = await podman.call(["run", "--rm", "slipway:local", "find", "/app", "-type", "f"]);
    expect(files).toContain("/app/bots/bot.mjs");
    expect(files).not.toMatch(/keys|pgpass|\.env/);
  });

  test(
    "a bot that is no Node program leaves through its proxy only, as a user without any privilege, and is stopped in order",
    async () => {
      await start("one", botWords("alice", "kernel"));
      const seen = await seenAtVenue(stage, ({ account }) => account === "alice");
      expect(seen.peer).toBe("127.0.0.11");
      const check = ["exec", "one", "launch", "check", "bot:alice", "--ready"];
      expect(
        await eventually(
          () => podman.call(check).catch(() => ""),
          (told) => told !== "",
          30_000,
        ),
      ).toContain("ready");
      const status = await podman.call([
        "exec",
        "one",
        "sh",
        "-c",
        "cat /proc/self/status; ps -eo stat,args",
      ]);
      expect(status).toMatch(/^CapEff:\t0+$/m);
      expect(status).toMatch(/^NoNewPrivs:\t1$/m);
      expect(status).not.toMatch(/^Z/m);
      expect(await ok(stage, ["ps", "--json"])).toMatch(/"tier": ?"kernel"/);
      const told = (await podman.call(["inspect", "one"])) + (await podman.logs("one"));
      for (const secret of secrets()) expect(told).not.toContain(secret);
      await podman.call(["stop", "--time", "40", "one"]);
      expect(await podman.call(["inspect", "--format", "{{.State.ExitCode}}", "one"])).toMatch(/^(0|143)\n$/);
      expect(await ok(stage, ["ps", "--running", "--json"])).not.toContain("alice");
    },
    patient(120_000),
  );

  test(
    "a Node bot needs no more than the engine's usual restrictions",
    async () => {
      await generate("preload", ["bob"]);
      await start("node", botWords("bob", "preload"));
      const seen = await seenAtVenue(stage, ({ account }) => account === "bob");
      expect(seen.peer).toBe("127.0.0.12");
      expect(await ok(stage, ["ps", "--json"])).toMatch(/"tier": ?"preload"/);
      await podman.call(["stop", "--time", "40", "node"]);
    },
    patient(120_000),
  );

  test(
    "of two containers one runs the bot; when it is killed the other takes over once the lease is free",
    async () => {
      await generate("kernel");
      await start("first", ["up", "alice"]);
      const before = stage.venue.entries.length;
      await seenAtVenue(stage, ({ account }) => account === "alice", before);
      await start("second", ["up", "alice"]);
      const live = ["exec", "second", "launch", "check", "--all", "--live"];
      await eventually(
        () => podman.call(live).catch(() => ""),
        (told) => told.includes("alice"),
        30_000,
      );
      const killedAt = performance.now();
      await podman.call(["kill", "--signal", "KILL", "first"]);
      const at = stage.venue.entries.length;
      const seen = await seenAtVenue(stage, ({ account }) => account === "alice", at + 1);
      expect(seen.peer).toBe("127.0.0.11");
      process.stderr.write(`taken over after ${Math.round(performance.now() - killedAt)} ms\n`);
    },
    patient(120_000),
  );
});

function yaml({ venuePort }: { readonly venuePort: number }): string {
  const rest = `ports: [${venuePort}], env: { VENUE_URL: "https://venue.test:${venuePort}" }`;
  return [
    "defaults: { stop: { grace: 2s } }",
    "bots:",
    `  alice: { command: [sh, -c, "exec node bots/bot.mjs"], ${rest} }`,
    `  bob: { command: [node, bots/bot.mjs], ${rest} }`,
  ].join("\n");
}

function prepareProject(): void {
  const at = (name: string) => join(stage.folder, name);
  mkdirSync(at("bots"));
  copyFileSync(bot, at("bots/bot.mjs"));
  const url = new URL(database.url);
  const password = decodeURIComponent(url.password);
  writeFileSync(at("pgpass"), `*:*:*:*:${password}\n`, { mode: 0o600 });
  copyFileSync(join(stage.stateFolder, "keys"), at("keys"));
  // Compose hands the files of the host over as they are, and who runs in the container must be able to read them.
  for (const name of ["pgpass", "keys"]) chownSync(at(name), user, user);
  url.password = "";
  writeFileSync(
    at(".env"),
    `LAUNCH_DATABASE_URL=${url.href}\nLAUNCH_DATABASE_PASSFILE=pgpass\nLAUNCH_KEY_FILE=keys\n`,
  );
}

function secrets(): readonly string[] {
  const keys = readFileSync(join(stage.folder, "keys"), "utf8").match(/^[\w-]{43}=/gm) ?? [];
  const pass = [...stage.proxies.values()].map((proxy) => proxy.pass);
  return [...keys, ...pass, decodeURIComponent(new URL(database.url).password)];
}

async function generate(tier: string, units: readonly string[] = []): Promise<void> {
  await ok(stage, ["generate", "docker", "--tier", tier, "--out", ".", ...units]);
}

function botWords(account: string, tier: string): readonly string[] {
  return ["bot", "--account", account, "--managed", "--stopped", "wait", "--isolation", tier];
}

/** Starts one launcher as the generated compose file would, but for its command and its network: the lab is on this host. */
async function start(name: string, words: readonly string[]): Promise<void> {
  const file = parse(readFileSync(join(stage.folder, "compose.yaml"), "utf8"));
  const service: Service = file.services.slipway;
  const handed = service.secrets.map(({ source, target }) => {
    const path = target.startsWith("/") ? target : `/run/secrets/${target}`;
    return `--volume=${file.secrets[source].file}:${path}:ro`;
  });
  await podman.call([
    "run",
    "--detach",
    "--network=host",
    `--name=${name}`,
    ...service.cap_drop.map((cap) => `--cap-drop=${cap}`),
    ...service.security_opt
      .filter((option) => !option.startsWith("apparmor"))
      .map((option) => `--security-opt=${option}`),
    ...Object.entries(service.environment).map(([key, value]) => `--env=${key}=${value}`),
    "--env=NODE_EXTRA_CA_CERTS=/app/ca.pem",
    ...handed,
    "slipway:local",
    "launch",
    ...words,
  ]);
}
