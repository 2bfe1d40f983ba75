import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { configFolder } from "../../support/operator/config-folder.ts";

describe("the state folder", () => {
  // Strongest first; each is switched on and off independently.
  const sources = ["flag", "LAUNCH_STATE_DIR", ".env", "STATE_DIRECTORY", "XDG_STATE_HOME"] as const;

  test("comes from the strongest source that is given, whatever else is", () => {
    const folder = configFolder();
    fc.assert(
      fc.property(fc.subarray([...sources]), fc.constantFrom(0, 1000), (given, uid) => {
        const has = (source: (typeof sources)[number]) => given.includes(source);
        folder.write("conf/launch.yaml", "version: 1\n");
        folder.write("conf/.env", has(".env") ? "LAUNCH_STATE_DIR=from-env-file\n" : "");
        const env = {
          LAUNCH_CONFIG: join(folder.path, "conf/launch.yaml"),
          ...(has("LAUNCH_STATE_DIR") ? { LAUNCH_STATE_DIR: "from-variable" } : {}),
          ...(has("STATE_DIRECTORY") ? { STATE_DIRECTORY: "/run/systemd-state:/run/other" } : {}),
          ...(has("XDG_STATE_HOME") ? { XDG_STATE_HOME: "/xdg" } : {}),
        };
        const config = folder.load(has("flag") ? { stateDir: "from-flag" } : {}, env, uid);
        const expected: Readonly<Record<string, string>> = {
          flag: join(folder.cwd, "from-flag"),
          LAUNCH_STATE_DIR: join(folder.cwd, "from-variable"),
          ".env": join(folder.path, "conf/from-env-file"),
          STATE_DIRECTORY: "/run/systemd-state",
          XDG_STATE_HOME: "/xdg/launch",
        };
        const fallback = uid === 0 ? "/var/lib/launch" : join(folder.home, ".local/state/launch");
        const strongest = sources.find(has);
        expect(config.stateFolder).toBe(strongest === undefined ? fallback : expected[strongest]);
        const isChosen = ["flag", "LAUNCH_STATE_DIR", ".env"].includes(strongest ?? "");
        expect([config.isUsualDatabase, config.shownDatabase]).toEqual([
          !isChosen,
          `embedded in ${config.stateFolder}`,
        ]);
      }),
      { numRuns: 80 },
    );
  });

  test("ignores empty and relative values of foreign variables", () => {
    const folder = configFolder();
    const config = folder.load({}, { LAUNCH_STATE_DIR: "", XDG_STATE_HOME: "relative", STATE_DIRECTORY: "" });
    expect(config.stateFolder).toBe(join(folder.home, ".local/state/launch"));
  });
});

describe("launch.yaml", () => {
  const places = ["flag", "LAUNCH_CONFIG", "working folder", "XDG"] as const;
  const file = (order: string) => `version: 1\nselection: { order: ${order} }\n`;

  test("is the first of flag, variable, working folder and XDG, and wins whole", () => {
    fc.assert(
      fc.property(fc.subarray([...places], { minLength: 1 }), (given) => {
        const folder = configFolder();
        const has = (place: (typeof places)[number]) => given.includes(place);
        const paths = {
          flag: folder.write("flag/launch.yaml", file("continuity")),
          LAUNCH_CONFIG: folder.write("variable/launch.yaml", file("continuity")),
          "working folder": join(folder.cwd, "launch.yaml"),
          XDG: join(folder.path, "xdg/launch/launch.yaml"),
        };
        if (has("working folder")) folder.write("work/launch.yaml", file("continuity"));
        if (has("XDG")) folder.write("xdg/launch/launch.yaml", file("round_robin"));
        const config = folder.load(has("flag") ? { config: "../flag/launch.yaml" } : {}, {
          XDG_CONFIG_HOME: join(folder.path, "xdg"),
          ...(has("LAUNCH_CONFIG") ? { LAUNCH_CONFIG: paths.LAUNCH_CONFIG } : {}),
        });
        const winner = places.find(has) ?? "XDG";
        expect(config.file).toBe(paths[winner]);
        expect(config.selection.order).toBe(winner === "XDG" ? "round_robin" : "continuity");
      }),
      { numRuns: 40 },
    );
  });

  test("named but missing is an error, not a reason to look elsewhere", () => {
    const folder = configFolder();
    folder.write("work/launch.yaml", "version: 1\n");
    expect(() => folder.load({ config: "other.yaml" })).toThrow(/other\.yaml does not exist/);
  });
});

describe("the master keys", () => {
  test("come from the named file, then the variable, then systemd, then the state folder", () => {
    const folder = configFolder();
    folder.write("credentials/launch-keys", "x");
    const env = {
      LAUNCH_KEY_FILE: "/k",
      LAUNCH_FERNET_KEYS: "text",
      CREDENTIALS_DIRECTORY: join(folder.path, "credentials"),
      LAUNCH_STATE_DIR: "/state",
    };
    const { LAUNCH_KEY_FILE: _, ...withoutFile } = env;
    const { LAUNCH_FERNET_KEYS: __, ...withoutVariable } = withoutFile;
    const { CREDENTIALS_DIRECTORY: ___, ...bare } = withoutVariable;
    expect(folder.load({ keyFile: "/flag" }, env).keys).toEqual({ kind: "file", path: "/flag" });
    expect(folder.load({}, env).keys).toEqual({ kind: "file", path: "/k" });
    // As a unit names what systemd has handed over to it: that belongs to the unit's user in another way.
    const keyFile = join(folder.path, "credentials/launch-keys");
    expect(folder.load({ keyFile }, env).keys).toEqual({ kind: "credential", path: keyFile });
    expect(folder.load({}, withoutFile).keys.kind).toBe("variable");
    expect(folder.load({}, withoutVariable).keys).toEqual({
      kind: "credential",
      path: join(folder.path, "credentials/launch-keys"),
    });
    expect(folder.load({}, bare).keys).toEqual({ kind: "file", path: "/state/keys" });
  });

  test("are refused in a .env, without telling them", () => {
    const folder = configFolder();
    folder.write("work/launch.yaml", "version: 1\n");
    folder.write("work/.env", "LAUNCH_FERNET_KEYS=topsecretkey\n", 0o600);
    expect(() => folder.load()).toThrow(/may contain paths, but no keys/);
    expect(() => folder.load()).not.toThrow(/topsecretkey/);
  });
});

describe("a .env", () => {
  test("in the working folder is not read without a launch.yaml beside it", () => {
    const folder = configFolder();
    folder.write("work/.env", "LAUNCH_STATE_DIR=/planted\n");
    expect(folder.load().stateFolder).not.toBe("/planted");
    expect(folder.load({ envFile: ".env" }).stateFolder).toBe("/planted");
  });

  test("warns of names that nothing reads, with the nearest one", () => {
    const folder = configFolder();
    folder.write("work/launch.yaml", "version: 1\n");
    folder.write("work/.env", "LAUNCH_STATE_DRI=/x\nAPI_KEY=abc\n");
    const { warnings } = folder.load();
    expect(warnings[0]).toMatch(/nothing reads LAUNCH_STATE_DRI\. Did you mean "LAUNCH_STATE_DIR"\?/);
    expect(warnings[1]).toMatch(/API_KEY is not given to bots/);
    expect(warnings.join()).not.toContain("abc");
    folder.write("work/.env", "launch-database-url=postgres://u:hunter2@h/d\n");
    expect(folder.load().warnings.join()).toMatch(
      /nothing reads launch-database-url\. Did you mean "LAUNCH_DATABASE_URL"\?/,
    );
  });

  test("whose value for a name of ours goes on in another line has a quote that is not closed", () => {
    const folder = configFolder();
    folder.write("work/launch.yaml", "version: 1\n");
    folder.write("work/.env", "LAUNCH_DATABASE_URL='postgres://u:hunter2@h/d\nLAUNCH_STATE_DIR=/x'\n");
    expect(() => folder.load()).toThrow(/gives LAUNCH_DATABASE_URL a value of several lines\.$/);
    expect(() => folder.load()).not.toThrow(/hunter2/);
  });
});
