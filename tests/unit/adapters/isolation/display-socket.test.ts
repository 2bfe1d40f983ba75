import { expect, test } from "vitest";
import { displaySocket } from "../../../../lib/adapters/isolation/view/say-unseen.ts";

test.each([
  [":0", "/tmp/.X11-unix/X0"],
  [":12.1", "/tmp/.X11-unix/X12"],
  ["unix:3", "/tmp/.X11-unix/X3"],
  ["localhost:10.0", undefined],
  ["", undefined],
])("the display %j has its socket at %j", (display, path) => {
  expect(displaySocket(display)).toBe(path);
});
