import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { MoveId } from "../../../lib/domain/database/database-move.ts";
import type { Store } from "../../../lib/ports/store/store.ts";

export function moveContract(open: () => Promise<Store>): void {
  describe("what a database says of its move", () => {
    it("is nothing at first, then the last word, then nothing again", async () => {
      const store = await open();
      expect(await store.moves.read()).toBeUndefined();
      const id = randomUUID() as MoveId;
      await store.moves.write({ id, stage: "leaving", other: "postgres://db/desk" });
      await store.moves.write({ id, stage: "left", other: "postgres://db/desk" });
      expect(await store.moves.read()).toEqual({ id, stage: "left", other: "postgres://db/desk" });
      await store.moves.write(undefined);
      expect(await store.moves.read()).toBeUndefined();
    });
  });
}
