import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { configFolder } from "../../support/operator/config-folder.ts";

const yaml = (url: string) => `version: 1\ndatabase: { url: "${url}", schema: bots }\n`;

describe("the database", () => {
  test("is embedded when nothing names one", () => {
    expect(configFolder().load().database).toEqual({ kind: "embedded", schema: "launch" });
  });

  test("comes from LAUNCH_DATABASE_URL, then DATABASE_URL, then launch.yaml", () => {
    const folder = configFolder();
    folder.write("work/launch.yaml", yaml("postgres://file/db"));
    const shown = (env: Record<string, string>) => {
      const { database } = folder.load({}, env);
      return database.kind === "server" ? [database.shown, database.variable, database.schema] : [];
    };
    const ours = { LAUNCH_DATABASE_URL: "postgres://u:p@ours:6000/db" };
    const theirs = { DATABASE_URL: "postgres://theirs/db" };
    expect(shown({ ...ours, ...theirs })).toEqual(["postgres://ours:6000/db", "LAUNCH_DATABASE_URL", "bots"]);
    expect(shown(theirs)).toEqual(["postgres://theirs/db", "DATABASE_URL", "bots"]);
    expect(shown({})).toEqual(["postgres://file/db", undefined, "bots"]);
    expect(folder.load({}, theirs).warnings).toEqual([
      expect.stringContaining("DATABASE_URL is used instead of database.url"),
    ]);
  });

  test("shows its password in no form of the configuration", () => {
    const folder = configFolder();
    const config = folder.load({}, { LAUNCH_DATABASE_URL: "postgres://u:hunter2@db/x?password=hunter2" });
    const printed = [inspect(config, { depth: 9, showHidden: true }), JSON.stringify(config)];
    expect(printed.filter((text) => text.includes("hunter2"))).toEqual([]);
  });

  test.each([
    ["postgres://h/d?sslmode=require&sslmode=disable", "gives sslmode twice"],
    ["postgres://u:hunter2@h/d?password=hunter3", "gives password twice"],
    ["postgres://u@h/d?user=v", "gives user twice"],
    ["postgres://u:hunter2\u200B@h/d", "holds U\\+200B"],
  ])("whose URL says one thing in two ways, or holds what cannot be seen, is refused: %j", (url, words) => {
    const load = () => configFolder().load({}, { DATABASE_URL: url });
    expect(load).toThrow(new RegExp(`DATABASE_URL ${words}`));
    expect(load).not.toThrow(/hunter/);
  });

  test("with a password in a file needs a file that only its owner reads", () => {
    const folder = configFolder();
    folder.write("work/launch.yaml", yaml("postgres://u:hunter2@db/x"), 0o640);
    expect(() => folder.load()).toThrow(/holds a password, and other users can read the file/);
    expect(() => folder.load()).not.toThrow(/hunter2/);
    folder.write("work/launch.yaml", yaml("postgres://u:hunter2@db/x"), 0o600);
    expect(folder.load().database.kind).toBe("server");
    folder.write("work/.env", "LAUNCH_DATABASE_URL=postgres://u:hunter2@db/x\n", 0o644);
    expect(() => folder.load()).toThrow(/chmod|holds a password/);
  });

  test("names the variables that hold its address or its password: no bot inherits them", () => {
    const folder = configFolder();
    const own = (env: Record<string, string>) => {
      const { database } = folder.load({}, env);
      return database.kind === "server" ? database.ownVariables : [];
    };
    expect(own({ DATABASE_URL: "postgres://u:p@h/d" })).toEqual(["DATABASE_URL"]);
    expect(own({ DATABASE_URL: "postgres://u@h/d" })).toEqual(["DATABASE_URL", "PGPASSWORD"]);
    folder.write("work/launch.yaml", yaml("postgres://u@file/db"));
    expect(own({})).toEqual(["PGPASSWORD"]);
  });

  test.each(["/", "#", "?"])(
    "whose password has a %s that is not encoded is refused: part of it would be shown",
    (mark) => {
      const env = { LAUNCH_DATABASE_URL: `postgres://u:12${mark}hunter2@h/d` };
      expect(() => configFolder().load({}, env)).toThrow(
        /^LAUNCH_DATABASE_URL is not a postgres:\/\/ URL\.$/,
      );
    },
  );

  test("may have an @ in a parameter", () => {
    const env = { LAUNCH_DATABASE_URL: "postgres://h/d?user=u@desk" };
    expect(configFolder().load({}, env).shownDatabase).toBe("postgres://h/d");
  });

  test("that is no URL is refused by its source, not its text", () => {
    const folder = configFolder();
    const env = { LAUNCH_DATABASE_URL: "user:hunter2@host" };
    expect(() => folder.load({}, env)).toThrow(/^LAUNCH_DATABASE_URL is not a postgres:\/\/ URL\.$/);
  });

  test("finds the file with its password from where the variable stands", () => {
    const folder = configFolder();
    folder.write("work/launch.yaml", yaml("postgres://u@db/x"));
    folder.write("work/.env", "LAUNCH_DATABASE_PASSFILE=secret/pgpass\n");
    expect(folder.load().database).toMatchObject({ passFile: `${folder.cwd}/secret/pgpass` });
  });

  test("takes the file with its password from the credentials that were handed over, unless another is named", () => {
    const folder = configFolder();
    folder.write("work/credentials/launch-pgpass", "");
    const env = {
      LAUNCH_DATABASE_URL: "postgres://u@db/x",
      CREDENTIALS_DIRECTORY: `${folder.cwd}/credentials`,
    };
    const handed = `${folder.cwd}/credentials/launch-pgpass`;
    expect(folder.load({}, env).database).toMatchObject({ passFile: handed, isPassFileHandedOver: true });
    const named = { ...env, LAUNCH_DATABASE_PASSFILE: `${folder.cwd}/own` };
    expect(folder.load({}, named).database).toMatchObject({
      passFile: `${folder.cwd}/own`,
      isPassFileHandedOver: false,
    });
    const none = { ...env, CREDENTIALS_DIRECTORY: `${folder.cwd}/nothing` };
    expect(folder.load({}, none).database).toMatchObject({
      passFile: undefined,
      isPassFileHandedOver: false,
    });
  });
});
