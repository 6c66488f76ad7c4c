// Lint of the browser scripts: `npx eslint@10 rag/web/static`. Needs nothing but eslint itself, so the recommended
// rules are listed here instead of imported from @eslint/js.
"use strict";

const errors = (names) => Object.fromEntries(names.split(/\s+/).map((name) => [name, "error"]));
const readonly = (names) => Object.fromEntries(names.split(/\s+/).map((name) => [name, "readonly"]));

module.exports = [
  {
    files: ["rag/web/static/*.js"],
    languageOptions: {
      ecmaVersion: 2022,
      sourceType: "script",
      globals: readonly(
        `window document location history navigator fetch getComputedStyle matchMedia sessionStorage setTimeout clearTimeout
        AbortController Blob CSSStyleSheet DOMException DOMParser Element Event FormData MutationObserver Node ReadableStream
        Response TextDecoder TextEncoder URL URLSearchParams XMLHttpRequest console crypto onrecord print queueMicrotask scrollTo`,
      ),
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      ...errors(
        `constructor-super for-direction getter-return no-async-promise-executor no-case-declarations
        no-class-assign no-compare-neg-zero no-cond-assign no-const-assign no-constant-binary-expression
        no-constant-condition no-control-regex no-debugger no-delete-var no-dupe-args no-dupe-class-members
        no-dupe-else-if no-dupe-keys no-duplicate-case no-empty no-empty-character-class no-empty-pattern
        no-ex-assign no-fallthrough no-func-assign no-global-assign no-import-assign no-invalid-regexp
        no-irregular-whitespace no-loss-of-precision no-misleading-character-class no-new-native-nonconstructor
        no-obj-calls no-octal no-prototype-builtins no-redeclare no-regex-spaces no-self-assign no-setter-return
        no-shadow-restricted-names no-sparse-arrays no-this-before-super no-undef no-unexpected-multiline
        no-unreachable no-unsafe-finally no-unsafe-negation no-unsafe-optional-chaining no-unused-labels
        no-unused-private-class-members no-unused-vars no-useless-backreference no-useless-catch no-useless-escape
        no-with preserve-caught-error require-yield use-isnan valid-typeof`,
      ),
      // Beyond the recommended ones: our conventions, and everything that makes code or markup out of strings.
      ...errors("eqeqeq no-var prefer-const no-eval no-implied-eval no-new-func no-shadow no-throw-literal"),
      ...errors("no-unassigned-vars no-useless-assignment"),
      strict: ["error", "function"],
      "no-restricted-properties": [
        "error",
        ...["innerHTML", "outerHTML", "insertAdjacentHTML"].map((property) => ({ property })),
        { object: "document", property: "write" },
        { object: "document", property: "cookie" },
      ],
    },
  },
];
