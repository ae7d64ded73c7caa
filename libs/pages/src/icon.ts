/** A seal with 公, drawn: an icon may not rely on a font. */
export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="4" fill="#9b1c1f"/><g fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"><path d="M12.5 6.5Q10.500 12.500 5.500 16"/><path d="M19.500 6.500Q21.500 12.500 26.500 16"/><path d="M15.500 15Q13 20.500 9 25.200L22.500 24"/><path d="M19 19.500Q21.800 22.500 24 26"/></g></svg>
`;
