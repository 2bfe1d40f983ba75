// Words that the terminal and the pages share.

/** What was wanted, and whether it was reached. */
export function targetText({ kind, bound, to, value, isMet }) {
  const sign = kind === "least" ? "≥" : "≤";
  const wanted = `${sign} ${bound}${kind === "ratio" ? "×" : ""}${to === undefined ? "" : ` of ${to}`}`;
  const got = to === undefined || value === undefined ? "" : ` (${value.toFixed(2)}×)`;
  return isMet === undefined ? wanted : `${wanted}${got}: ${isMet ? "met" : "missed"}`;
}

/** A figure with as many digits as say something. */
export function number(value) {
  if (Number.isInteger(value)) return value.toLocaleString("en").replaceAll(",", " ");
  return value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2);
}
