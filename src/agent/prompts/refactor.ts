export const refactor = `Task: look once more at the code of this change, which works, and leave it better if it needs it.

{{issue}}

{{plan}}

{{project}}

{{material}}

- Behaviour stays exactly as it is. The tests are frozen and must pass after every change.
- Touch only the code of this change. Worth doing: duplication with code that exists, misleading names, a function with two ideas, a missed helper of this project, a needless layer, unclear errors.
- Not worth doing: taste, reformatting, another way of the same length. If nothing is worth doing, change nothing and say so; that is a good answer.
- {{commands}} Run the tests after your last change.

Submit a summary of what you changed, or why nothing needed it.`;
