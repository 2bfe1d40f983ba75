import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { openScreen } from "../../../../lib/cli/top/screen.ts";

function fakeTerminal() {
  const written: string[] = [];
  const raw: boolean[] = [];
  const stdin = Object.assign(new PassThrough(), { setRawMode: (mode: boolean) => raw.push(mode) });
  const stdout = Object.assign(new PassThrough(), {
    columns: 8,
    rows: 3,
    write: (text: string) => written.push(text),
  });
  const terminal = { stdin, stdout } as unknown as Parameters<typeof openScreen>[0];
  return { terminal, stdin, written, raw };
}

test("only lines that changed are written, nothing is cleared before it is written over, and all comes in one piece", () => {
  const { terminal, written } = fakeTerminal();
  const screen = openScreen(terminal, { onKey: () => {}, onResize: () => {} });
  screen.draw(["one", "two", "three"]);
  written.length = 0;
  screen.draw(["one", "2", "three"]);
  expect(written).toEqual(["\u001b[?2026h\u001b[2;1H2\u001b[K\u001b[?2026l"]);
  written.length = 0;
  screen.draw(["one", "2", "three"]);
  expect(written).toEqual([]);
  // Clearing behind a full line would take its last character.
  screen.draw(["one", "2", "12345678"]);
  expect(written).toEqual(["\u001b[?2026h\u001b[3;1H12345678\u001b[?2026l"]);
  screen.forget();
  screen.draw(["one", "2", "three"]);
  expect(written.join("")).toContain("\u001b[1;1Hone\u001b[K");
  for (const cleared of ["[J", "[0J", "[1J", "[2J"]) expect(written.join("")).not.toContain(cleared);
  screen.leave();
});

test("the terminal is given back once, with its cursor, its lines and its mode", () => {
  const { terminal, written, raw } = fakeTerminal();
  const screen = openScreen(terminal, { onKey: () => {}, onResize: () => {} });
  written.length = 0;
  screen.leave();
  screen.leave();
  screen.draw(["late"]);
  expect(written).toEqual(["\u001b[?2026l\u001b[?7h\u001b[?25h\u001b[?1049l"]);
  expect(raw).toEqual([true, false]);
});

test("keys come by their names", async () => {
  const { terminal, stdin } = fakeTerminal();
  const keys: unknown[] = [];
  const screen = openScreen(terminal, { onKey: (key) => keys.push(key), onResize: () => {} });
  stdin.write("jG?\r\u001b[A\u0003");
  await new Promise((resolve) => setImmediate(resolve));
  expect(keys).toEqual([
    { name: "j", ctrl: false },
    { name: "G", ctrl: false },
    { name: "?", ctrl: false },
    { name: "return", ctrl: false },
    { name: "up", ctrl: false },
    { name: "c", ctrl: true },
  ]);
  screen.leave();
});
