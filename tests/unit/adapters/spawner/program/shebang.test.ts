import { expect, test } from "vitest";
import { parseInterpreter } from "../../../../../lib/adapters/spawner/program/shebang.ts";

test.each([
  ["#!/usr/bin/env node\nx", { name: "node" }],
  ["#! /usr/bin/env  -S node --flag\n", { name: "node" }],
  ["#!/usr/local/bin/node --flag\n", { file: "/usr/local/bin/node" }],
  ["#!/usr/bin/env A=1 node\n", { file: "/usr/bin/env" }],
  ["#!/usr/bin/env -i node\n", { file: "/usr/bin/env" }],
  ["#!/bin/sh", { file: "/bin/sh" }],
  ["#!\n", undefined],
  ["\x7fELF", undefined],
  ["", undefined],
])("the start %j names the interpreter %j", (start, interpreter) => {
  expect(parseInterpreter(start)).toEqual(interpreter);
});
