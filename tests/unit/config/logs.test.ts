import { join } from "node:path";
import { expect, test } from "vitest";
import { logFileOf } from "../../../lib/config/load/units.ts";
import { logDefaults } from "../../../lib/domain/logs/log-limits.ts";
import { configFolder } from "../../support/operator/config-folder.ts";

function load(logs: string) {
  const folder = configFolder();
  folder.write("work/launch.yaml", `version: 1\n${logs}\n`);
  return folder.load();
}

test("the bounds of logs are those of the file, the others as built in, and are explained", () => {
  expect(load("").logs).toEqual(logDefaults);
  const config = load("logs: { size: 10MB, age: 6h, keep: 7d, total: 1GB, compress: false }");
  expect(config.logs).toEqual({
    maxBytes: 10 * 1024 ** 2,
    maxAgeMs: 6 * 3_600_000,
    keepMs: 7 * 86_400_000,
    totalBytes: 1024 ** 3,
    isCompressed: false,
  });
  const setting = config.settings.find(({ name }) => name === "logs");
  expect(setting?.value).toBe("files of 10MB or 6h, not compressed, for 7d, at most 1GB a log");
  expect(setting?.source).toMatch(/launch\.yaml:2/);
});

test.each([
  ["size: 50M", "is not a size such as 50MB"],
  ["size: 1KB", "is less than 64KB"],
  ["age: soon", "is not a duration such as 1d"],
  ["keep: 0d", "logs.keep"],
  ["totals: 1GB", "total"],
])("logs: { %s } is refused", (logs, why) => {
  expect(() => load(`logs: { ${logs} }`)).toThrow(why);
});

test("a log is where its entry or the pattern that covers it says, else in the state folder", () => {
  const config = load(
    'bots: { alice: { log_file: a.log }, "fut-*": { log_file: "logs/{account}.log" } }\ncollectors: { alice: {} }',
  );
  const folder = join(config.file ?? "", "..");
  expect(logFileOf(config, "bot", "alice")).toBe(join(folder, "a.log"));
  expect(logFileOf(config, "bot", "fut-1")).toBe(join(folder, "logs/fut-1.log"));
  expect(logFileOf(config, "bot", "bob")).toBe(join(config.stateFolder, "logs/bot-bob.log"));
  expect(logFileOf(config, "collector", "alice")).toBe(join(config.stateFolder, "logs/collector-alice.log"));
});
