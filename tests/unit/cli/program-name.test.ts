import { describe, expect, test } from "vitest";
import { programName, spelledAs } from "../../../lib/cli/program-name.ts";

describe("the name of the program", () => {
  test.each([
    ["/home/u/slipway/bin/launch", "/home/u/slipway", {}, "./bin/launch"],
    ["/home/u/slipway/bin/launch", "/home/u/slipway/bots", {}, "../bin/launch"],
    ["/opt/slipway/bin/launch", "/home/u/desks/one/bots", {}, "/opt/slipway/bin/launch"],
    ["/usr/local/bin/launch", "/home/u", { PATH: "/usr/bin:/usr/local/bin" }, "launch"],
    ["/home/u/p/node_modules/.bin/launch", "/home/u/p", { npm_execpath: "/usr/bin/npx" }, "npx launch"],
    ["/home/u/my desk/bin/launch", "/", {}, "'/home/u/my desk/bin/launch'"],
  ])("of %s in %s with %j is %s", (script, cwd, env, expected) => {
    expect(programName({ script, cwd, env })).toBe(expected);
  });
});

describe("a text", () => {
  const spelled = spelledAs("./bin/launch");

  test.each([
    ["Run `launch ps` again.", "Run `./bin/launch ps` again."],
    ["Next: launch proxy check fra-1", "Next: ./bin/launch proxy check fra-1"],
    ["launch init", "./bin/launch init"],
    ["Start it (launch db move).", "Start it (./bin/launch db move)."],
    [
      "See `launch help flags` or `launch --help`.",
      "See `./bin/launch help flags` or `./bin/launch --help`.",
    ],
  ])("has its commands as they are typed: %s", (text, expected) => {
    expect(spelled(text)).toBe(expected);
  });

  test.each([
    "Correct launch.yaml.",
    "/usr/bin/launch ps",
    "Use a newer launch with this file.",
    "relaunch bot",
    "The launch bots need",
  ])("stays as it is where no command is named: %s", (text) => {
    expect(spelled(text)).toBe(text);
  });

  test("stays as it is where PATH finds the program", () => {
    expect(spelledAs("launch")("Run `launch ps`.")).toBe("Run `launch ps`.");
  });
});
