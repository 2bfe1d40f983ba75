import { expect, test } from "vitest";
import { hostLimit } from "../../../lib/domain/host-limit.ts";

const failed = (code: string, more: object = {}) =>
  Object.assign(new Error(`failed with ${code}`), { code, ...more });

test.each([
  ["EMFILE", {}, "The launcher may open no more files"],
  ["ENFILE", {}, "This host has reached its limit of open files"],
  ["EADDRINUSE", { address: "127.0.0.1" }, "This host has no free port left"],
  ["EADDRNOTAVAIL", { port: 0 }, "This host has no free port left"],
])("%s ends with 75 in one sentence", (code, more, words) => {
  expect(hostLimit(failed(code, more))).toMatchObject({
    code: "LAUNCH_HOST_LIMIT",
    exitStatus: 75,
    message: `${words}: failed with ${code}.`,
  });
});

test("a port that was asked for and is taken is no limit, nor is anything else", () => {
  expect(hostLimit(failed("EADDRINUSE", { port: 8080 }))).toBeUndefined();
  expect(hostLimit(failed("ENOENT"))).toBeUndefined();
  expect(hostLimit("EMFILE")).toBeUndefined();
});
