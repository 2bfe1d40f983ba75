import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startEcho } from "../../lab/echo.ts";
import { startHttpProxy } from "../../lab/http-proxy.ts";
import { newStranger, type Stranger } from "./launch-program.ts";

export const proxyPassword = "proxy-pass-hunter2";

/** A stranger's machine for programs that start launchers: a proxy, two witnesses, and launch.yaml with the bot alice. */
export interface EngineHost {
  readonly stranger: Stranger;
  readonly yamlFile: string;
  /** The words that add alice with her proxy, whose password is their input. */
  readonly addAlice: readonly string[];
  /** What the program of a unit has written into its file. */
  told(unit: string): string;
  close(): Promise<void>;
}

export interface EngineHostOptions {
  /** The text of what every unit runs; its one argument is the file that it writes. */
  readonly program: (home: string) => string;
  readonly isolation: string;
  readonly collectors?: readonly string[];
}

/** Makes the machine with the set-up that README describes, up to `launch init`. */
export async function openEngineHost(options: EngineHostOptions): Promise<EngineHost> {
  const { program, isolation, collectors = [] } = options;
  const stranger = newStranger();
  const { home } = stranger;
  const names = { "one.witness.test": "127.0.0.21", "two.witness.test": "127.0.0.22" };
  const proxy = await startHttpProxy({ exitAddress: "127.0.0.11", user: "user", pass: proxyPassword, names });
  const one = await startEcho({ shape: "ipify", listen: { host: "127.0.0.21" } });
  const two = await startEcho({ shape: "ipinfo", listen: { host: "127.0.0.22" } });
  const fileOf = (unit: string) => join(home, `${unit}.told`);
  const entry = (unit: string) => `  ${unit}: { command: [node, bot.mjs, "${fileOf(unit)}"] }`;
  const yamlFile = join(home, "launch.yaml");
  writeFileSync(join(home, "bot.mjs"), program(home));
  writeFileSync(
    yamlFile,
    `version: 1
network:
  witnesses: ["http://one.witness.test:${one.port}", "http://two.witness.test:${two.port}"]
  public_ranges: [127.0.0.0/8]
defaults: { isolation: ${isolation}, stop: { grace: 3s } }
bots:
${entry("alice")}
${collectors.length === 0 ? "" : ["collectors:", ...collectors.map(entry)].join("\n")}
`,
  );
  const flags = `--proxy-label fra-1 --proxy-endpoint http://127.0.0.1:${proxy.port} --proxy-user user`;
  return {
    stranger,
    yamlFile,
    addAlice: `account add alice ${flags} --proxy-pass-stdin`.split(" "),
    told: (unit) => readFileSync(fileOf(unit), "utf8"),
    async close() {
      for (const piece of [proxy, one, two]) await piece.close();
      stranger.remove();
    },
  };
}
