import { expect, test } from "vitest";
import { isolatingFlag } from "../../../../lib/supervisor/life/python-flags.ts";

test.each([
  ["python3 -I bot.py", "-I"],
  ["python3 -uE bot.py", "-E"],
  ["python3 -W ignore -X dev -S bot.py", "-S"],
  ["python3 -Wignore -XutfS -BIu bot.py", "-I"],
  ["python3 --check-hash-based-pycs -I", undefined],
  ["python3 bot.py -I", undefined],
  ["python3 -m bot -I", undefined],
  ["python3 -um bot -S", undefined],
  ["python3 -c IES -E", undefined],
  ["python3 -W -I bot.py", undefined],
  ["python3 - -I", undefined],
  ["freqtrade trade", undefined],
  ["python3", undefined],
])("%s is kept apart by %s", (command, flag) => {
  expect(isolatingFlag(command.split(" "))).toBe(flag);
});
