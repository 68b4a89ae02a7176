"""The roles people hold, the lines of command they stand in, and what kind of staff they are."""

from enum import StrEnum


class Role(StrEnum):
    """What a post makes a person responsible for (reference: domain terms, sections 2 and 5)."""

    OFFICER = "officer"  # 巡查员: walks rounds, line of units
    WORKER = "worker"  # 网格员: walks rounds, line of grids; no enforcement powers
    HEAD = "head"  # 网格长 of the tier of the grid the post is on
    SQUAD_LEADER = "squad_leader"  # 中队长, on a street
    BRIGADE_LEADER = "brigade_leader"  # 大队长, on a district
    BUREAU_LEADER = "bureau_leader"  # 分管局领导, on a district
    SUPERVISOR = "supervisor"  # 督查
    LEGAL = "legal"  # 法制审核
    DISPATCHER = "dispatcher"  # 受理派遣员
    HANDLER = "handler"  # 专业部门 / 处置单位
    AUDITOR = "auditor"  # 安全审计员
    ADMIN = "admin"  # 管理员


class Line(StrEnum):
    """The two lines of command: 块 by territory, 条 by unit."""

    TERRITORY = "territory"  # 块: 网格员 → 网格长 of each tier
    UNIT = "unit"  # 条: 巡查员 → 中队长 → 大队长 → 分管局领导


class Identity(StrEnum):
    """The kind of employment, which decides powers, measures and remedies."""

    CIVIL_SERVANT = "civil_servant"  # 公务员/参公
    INSTITUTION = "institution"  # 事业
    CONTRACT = "contract"  # 劳动合同
    AGENCY = "agency"  # 劳务派遣
    VILLAGE = "village"  # 村居干部
    VOLUNTEER = "volunteer"  # 志愿者


class PostKind(StrEnum):
    """How a person holds a post; a cover answers before the primary while it lasts."""

    PRIMARY = "primary"  # 主
    RELIEF = "relief"  # 替班
    COVER = "cover"  # 代理 (leave cover)


WALKERS = frozenset({Role.OFFICER, Role.WORKER})
LINE_OF: dict[Role, Line] = {
    Role.OFFICER: Line.UNIT,
    Role.SQUAD_LEADER: Line.UNIT,
    Role.BRIGADE_LEADER: Line.UNIT,
    Role.BUREAU_LEADER: Line.UNIT,
    Role.WORKER: Line.TERRITORY,
    Role.HEAD: Line.TERRITORY,
}
