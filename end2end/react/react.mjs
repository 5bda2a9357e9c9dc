// React as a module, from the script that the page has loaded.
export const { createElement, useCallback, useEffect, useRef, useState } = globalThis.React;
