// Regular expressions as people type them: wrong ones, too.

/** A test of names, and what is wrong with the expression, or "". */
export function matcher(expression) {
  if (!expression) return [() => true, ""];
  try {
    const pattern = new RegExp(expression, "i");
    return [(name) => pattern.test(name), ""];
  } catch {
    return [() => true, "This is no regular expression; all are shown."];
  }
}
