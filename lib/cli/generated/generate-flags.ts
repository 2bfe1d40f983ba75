/** What commands that write files for other programs have in common, beside `out`. */
export const generateFlags = {
  "dry-run": { kind: "toggle", help: "Only show what would be written, and what it would change." },
  force: { kind: "toggle", help: "Replace a file as well that was edited, or that something else made." },
} as const;
