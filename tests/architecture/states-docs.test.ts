import { test } from "vitest";
import type { EventType } from "../../lib/policy/machine/event.ts";
import type { Phase } from "../../lib/policy/machine/state.ts";
import { cellOf, defaults, rows } from "../../lib/policy/machine/table/machine.ts";
import { expectGeneratedPart } from "../support/generated-part.ts";
import { type Edge, walkMachine } from "../support/machine/walk.ts";

const edges = walkMachine();
const phases = Object.keys(rows) as Phase[];

test("docs/states.md draws every move from phase to phase that a run can make", () => {
  expectGeneratedPart("docs/states.md", "drawing", drawing());
});

test("docs/states.md shows what each phase does otherwise than the defaults, and where that leads", () => {
  expectGeneratedPart("docs/states.md", "states", `${defaultsPart()}\n${phases.map(phasePart).join("\n")}`);
});

function drawing(): string {
  const arrows = new Map<string, string[]>();
  for (const { from, event, to } of edges.filter(isOwn)) {
    if (from === to) continue;
    const arrow = `${from} --> ${to}`;
    arrows.set(arrow, [...(arrows.get(arrow) ?? []), event]);
  }
  const lines = [...arrows].map(([arrow, events]) => `  ${arrow}: ${events.sort().join(", ")}`);
  return ["```mermaid", "stateDiagram-v2", "  [*] --> idle", ...lines.sort(), "  ended --> [*]", "```"].join(
    "\n",
  );
}

function isOwn({ from, event }: Edge): boolean {
  return event in rows[from];
}

function defaultsPart(): string {
  const events = Object.keys(defaults) as EventType[];
  const moves = events.filter((event) => typeof defaults[event] === "function");
  const named = (what: string) => events.filter((event) => defaults[event] === what).join(", ");
  return [
    "### in any phase but the last",
    "",
    ...moves.map((event) => `- ${event}: ${wordsOf(defaults[event])} → ${targetsOf(event)}`),
    "",
    `Changes nothing: ${named("stay")}.`,
    "",
    `Cannot happen: ${named("impossible")}.`,
    "",
  ].join("\n");
}

function targetsOf(event: EventType): string {
  const targets = edges.filter((edge) => edge.event === event && !isOwn(edge)).map(({ to }) => to);
  return [...new Set(targets)].sort().join(" or ");
}

function phasePart(phase: Phase): string {
  const events = Object.keys(rows[phase]) as EventType[];
  const lines = events.map((event) => {
    const cell = cellOf(phase, event);
    if (typeof cell === "string")
      return `- ${event}: ${cell === "stay" ? "changes nothing" : "cannot happen"}`;
    const targets = edges.filter((edge) => edge.from === phase && edge.event === event).map(({ to }) => to);
    const others = targets.filter((to) => to !== phase).sort();
    const stays = targets.includes(phase) ? ["stays"] : [];
    return `- ${event}: ${wordsOf(cell)} → ${[...others, ...stays].join(", ")}`;
  });
  return [`### ${phase}`, "", ...(lines.length === 0 ? ["Nothing changes anything."] : lines), ""].join("\n");
}

// Each handler is named after what it does.
function wordsOf(handler: string | { readonly name: string }): string {
  const { name } = typeof handler === "string" ? { name: handler } : handler;
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
