export const implement = `Task: write the code that makes the failing tests pass, as the plan says.

{{issue}}

{{plan}}

{{project}}

{{material}}

- The tests of this change exist and are frozen: writing to them is refused. If you think one is wrong, do what the issue and the plan ask as far as you can and say in your answer what is wrong with it.
- Read the failing tests first, then the files of the plan.
- Write the simplest code that is right, complete and fits its surroundings: real behaviour, not values that satisfy the tests. No placeholder, no dead code, no comment that repeats the code.
- Check what comes from outside where it comes in; handle the errors that can happen; leave no secret in the code.
- Bring along what belongs to the change: types, exports, and documentation that would be wrong without it.
- {{commands}} Run the tests before you submit, and the build and the linter if there are any. All must pass.

Submit a summary of what you changed and why it is right, and what is left undone, if anything.`;
