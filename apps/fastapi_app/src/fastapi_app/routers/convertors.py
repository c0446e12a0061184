"""Path parameters."""

from starlette.convertors import IntegerConvertor, register_url_convertor


class RowIdConvertor(IntegerConvertor):
    """Matches ids that a bigint column can hold, so that every other one is simply not found."""

    regex = "[0-9]{1,18}"


register_url_convertor("row_id", RowIdConvertor())
