import { parseEnv } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { databaseOfEnv, envWithDatabase } from "../../../lib/config/load/env-database.ts";

const nothing = { url: undefined, passFile: undefined, migrateUrl: undefined };

test("what a .env says of the database is replaced where it stood, and every other line stays as it is", () => {
  const text =
    "# mine\nLAUNCH_STATE_DIR=/srv\nexport LAUNCH_DATABASE_URL='postgres://old/x'\nLAUNCH_DATABASE_MIGRATE_URL=postgres://o@old/x\n\n";
  const wanted = { ...nothing, url: "postgres://new/x", passFile: "/srv/my files/pgpass" };
  expect(envWithDatabase(text, wanted)).toBe(
    "# mine\nLAUNCH_STATE_DIR=/srv\nLAUNCH_DATABASE_URL=postgres://new/x\nLAUNCH_DATABASE_PASSFILE='/srv/my files/pgpass'\n",
  );
  expect(envWithDatabase(text, nothing)).toBe("# mine\nLAUNCH_STATE_DIR=/srv\n");
  expect(databaseOfEnv(text)).toEqual({
    url: "postgres://old/x",
    passFile: undefined,
    migrateUrl: "postgres://o@old/x",
  });
});

test("what was written is read back, and nothing else is changed", () => {
  const value = fc
    .webUrl({ withQueryParameters: true })
    .filter((url) => !/['"`]/.test(url) || !url.includes("'"));
  fc.assert(
    fc.property(value, fc.option(value, { nil: undefined }), (url, passFile) => {
      const before = "A=1\nLAUNCH_DATABASE_URL=x\nB='two words'\n";
      const wanted = { url, passFile, migrateUrl: undefined };
      const text = envWithDatabase(before, wanted);
      expect(databaseOfEnv(text)).toEqual(wanted);
      expect(parseEnv(text)).toMatchObject({ A: "1", B: "two words" });
      expect(envWithDatabase(text, wanted)).toBe(text);
    }),
  );
});
