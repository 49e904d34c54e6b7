"""Country codes: ISO 3166-1 alpha-2, and what customs use beside them."""

_CODES = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
    CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO
    FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE
    JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO
    MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW
    PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM
    TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
_ISO_3166 = frozenset(_CODES.split())


def is_country(code: str) -> bool:
    """A country of ISO 3166, `EU`, or a code that users may give meaning to (AA, QM to QZ, X and a letter, ZZ): customs
    write Kosovo XK, Northern Ireland XI and goods of several origins with them."""
    if code in _ISO_3166 or code in ("EU", "AA", "ZZ"):
        return True
    of_users = len(code) == 2 and code.isascii() and code.isalpha() and code.isupper()
    return of_users and (code[0] == "X" or (code[0] == "Q" and code[1] >= "M"))
