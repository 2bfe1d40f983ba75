import { expect, test } from "vitest";
import { botMachine } from "../../lib/policy/bot-machine/bot-machine.ts";
import { expectGeneratedPart } from "../support/generated-part.ts";

test("docs/states.md shows every phase, every event and what the table answers", async () => {
  expectGeneratedPart("docs/states.md", "states", renderTable());
});

test("docs/states.md is generated from a table in which something happens in every phase but the last", () => {
  const idle = Object.entries(botMachine).filter(([, row]) =>
    Object.values(row).every((cell) => typeof cell === "string"),
  );
  expect(idle.map(([phase]) => phase)).toEqual(["ended"]);
});

function renderTable(): string {
  const parts = Object.entries(botMachine).map(([phase, row]) => {
    const cells = Object.entries(row);
    const moves = cells.filter(([, cell]) => typeof cell === "function");
    const stays = cells.filter(([, cell]) => cell === "stay").map(([event]) => event);
    const lines = moves.map(([event, cell]) => `- ${event}: ${wordsOf(cell as { readonly name: string })}`);
    return [
      `### ${phase}`,
      "",
      ...(lines.length === 0 ? [] : [...lines, ""]),
      ...(stays.length === 0 ? [] : [`Changes nothing: ${stays.join(", ")}.`, ""]),
    ].join("\n");
  });
  return parts.join("\n");
}

// Each handler is named after what it does.
function wordsOf(handler: { readonly name: string }): string {
  return handler.name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
