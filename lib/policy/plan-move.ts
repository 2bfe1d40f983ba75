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

const chooseAnother = "Give an empty database: `createdb` creates one.";

/** Decides how facts come from one database to another; called when `from` says that they are leaving, or left. */
export function planMove({ from, to }: MoveFacts): MovePlan {
  const isSameMove = from !== undefined && to.move?.id === from.id;
  if (from?.stage === "arriving")
    return refuse(
      "This database is itself an unfinished copy.",
      "Run `launch db move` where the other database is used.",
    );
  if (from?.stage === "left") {
    const isThere = isSameMove && (to.move?.stage === "arriving" || to.move?.stage === "arrived");
    if (isThere) return { do: "finish" };
    return refuse(
      `This database was already moved to ${from.other}.`,
      "Give the URL of that database, or return with `launch db move --undo`.",
    );
  }
  switch (to.move?.stage) {
    case "arriving":
      return { do: "copy", over: "unfinished copy" };
    case "leaving":
      if (isSameMove) return refuse("That is the database that is in use now.", chooseAnother);
      return refuse(`That database is being moved to ${to.move.other}.`, chooseAnother);
    case "left":
      // The facts come back: what has become of them there counts.
      if (isSameMove) return { do: "copy", over: "left behind" };
      return refuse(`That database was moved to ${to.move.other}.`, chooseAnother);
    case "arrived":
    case undefined:
      if (!to.holdsFacts) return { do: "copy", over: "nothing" };
      return refuse("That database already contains accounts or proxies.", chooseAnother);
  }
}

function refuse(why: string, hint: string): MovePlan {
  return { do: "refuse", why, hint };
}
