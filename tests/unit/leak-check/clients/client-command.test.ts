import { expect, test } from "vitest";
import { commandOf } from "../../../../lib/leak-check/clients/client-command.ts";
import { leakBattery, pythonLibraries } from "../../../../lib/leak-check/clients/leak-battery.ts";
import type { LeakClient } from "../../../../lib/leak-check/clients/leak-client.ts";

const pythons = [
  { file: "/opt/python3", libraries: ["requests"] },
  { file: "/usr/bin/python3", libraries: ["requests", "httpx"] },
];
const programs = { node: "/usr/bin/node", pythons, searchPath: "/usr/bin" };
const battery = leakBattery("/clients");

test("a client of Python's runs on the first Python that has its library", () => {
  expect(commandOf(clientOf("python requests"), programs)).toEqual({
    words: ["/opt/python3", "/clients/python.py", "python requests"],
  });
  expect(commandOf(clientOf("python httpx"), programs)).toMatchObject({
    words: ["/usr/bin/python3", expect.anything(), "python httpx"],
  });
  expect(commandOf(clientOf("raw UDP 443"), programs)).toMatchObject({
    words: ["/opt/python3", expect.anything(), "raw UDP 443"],
  });
});

test("a library that no Python has is named, and so is a missing Python", () => {
  expect(commandOf(clientOf("python aiohttp"), programs)).toEqual({ missing: "aiohttp is not installed" });
  expect(commandOf(clientOf("raw DNS"), { ...programs, pythons: [] })).toEqual({
    missing: "no python3 here",
  });
});

test("each client of the battery has a name of its own, and the libraries are those that clients name", () => {
  const names = battery.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThan(40);
  expect(pythonLibraries).toEqual(["requests", "httpx", "aiohttp", "websockets"]);
});

function clientOf(name: string): LeakClient {
  const client = battery.find((each) => each.name === name);
  if (client === undefined) throw new Error(`There is no client ${name}.`);
  return client;
}
