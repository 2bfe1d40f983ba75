import { expect, test } from "vitest";
import { requireEmbedded } from "../../../lib/cli/parse/embedded-only.ts";

test("a database of the operator's own is neither served nor stopped", () => {
  const own = { shown: "postgresql://db.example/launch", server: undefined } as Parameters<
    typeof requireEmbedded
  >[0];
  expect(() => requireEmbedded(own)).toThrow(/postgresql:\/\/db\.example\/launch, which is your own/);
});
