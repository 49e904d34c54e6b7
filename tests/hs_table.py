"""An invented table in the shape of the public data set of the Harmonized System."""


def hs_csv(headings: int = 1200, subheadings: int = 5000) -> str:
    """Every chapter has as many headings, and each of those as many subheadings."""
    rows = [
        "section,hscode,description,parent,level",
        "TOTAL,TOTAL,Total,,0",
        "XXII,99,Not specified,TOTAL,2",
    ]
    rows += ["XXII,9999,Not specified,99,4", "XXII,999999,Not specified,9999,6"]
    chapters = [f"{number:02d}" for number in range(1, 98) if number != 77]
    for number in range(headings):
        code = f"{chapters[number % 96]}{number // 96 + 1:02d}"
        rows.append(f'I,{code},"Invented heading {code}, with more words",{code[:2]},4')
        of_it = subheadings // headings + (number < subheadings % headings)
        rows += [
            f"I,{code}{10 + inner},Invented subheading {code}{10 + inner},{code},6" for inner in range(of_it)
        ]
    return "\n".join(rows) + "\n"
