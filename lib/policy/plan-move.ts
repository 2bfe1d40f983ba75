import type { DatabaseMove } from "../domain/database/database-move.ts";

/** What is known of two databases before facts are copied from one to the other. */
export interface MoveFacts {
  readonly from: DatabaseMove | undefined;
  readonly to: { readonly move: DatabaseMove | undefined; readonly holdsFacts: boolean };
}

/**
 * `copy`: with what lies in the way there (an unfinished copy is removed, what this move left behind is kept under
 * another name). `finish`: all facts are there, only files and words are to be written.
 */
export type MovePlan =
  | { readonly do: "copy"; readonly over: "nothing" | "unfinished copy" | "left behind" }
  | { readonly do: "finish" }
  | { readonly do: "refuse"; readonly why: string; readonly hint: string };

const chooseAnother = "Name an empty database: `createdb` makes one.";

/** Decides how facts come from one database to another; called when `from` says that they are leaving, or left. */
export function planMove({ from, to }: MoveFacts): MovePlan {
  const isSameMove = from !== undefined && to.move?.id === from.id;
  if (from?.stage === "arriving")
    return refuse(
      "This database is an unfinished copy itself.",
      "Run `launch db move` where the other one is used.",
    );
  if (from?.stage === "left") {
    const isThere = isSameMove && (to.move?.stage === "arriving" || to.move?.stage === "arrived");
    if (isThere) return { do: "finish" };
    return refuse(
      `The facts were moved to ${from.other} already.`,
      "Give the URL of that database, or return with `launch db move --undo`.",
    );
  }
  switch (to.move?.stage) {
    case "arriving":
      return { do: "copy", over: "unfinished copy" };
    case "leaving":
      if (isSameMove) return refuse("That is the database in use.", chooseAnother);
      return refuse(`That database is being moved to ${to.move.other}.`, chooseAnother);
    case "left":
      // The facts come back: what has become of them there counts.
      if (isSameMove) return { do: "copy", over: "left behind" };
      return refuse(`The facts of that database were moved to ${to.move.other}.`, chooseAnother);
    case "arrived":
    case undefined:
      if (!to.holdsFacts) return { do: "copy", over: "nothing" };
      return refuse("That database holds accounts or proxies of its own.", chooseAnother);
  }
}

function refuse(why: string, hint: string): MovePlan {
  return { do: "refuse", why, hint };
}
