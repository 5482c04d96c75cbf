namespace GeoTagService.Bulk.Queue;

/// <summary>
/// What Redis does in one step. KEYS[1] is always the stream of tasks. A script is whole or not at all, also over a restart of a
/// server with an append-only file.
/// </summary>
internal static class QueueScripts
{
    /// <summary>Adds tasks of a list, unless they were added already: an answer that was lost on its way back is asked for again.
    /// KEYS[2] holds how far each list was added, KEYS[3] is the stream of the dead; ARGV: the list, the position after these rows,
    /// and for each row 'task' or 'dead', the number of its values and the values.</summary>
    public const string Add = """
        if tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or '0') >= tonumber(ARGV[2]) then return 0 end
        local at = 3
        while at <= #ARGV do
          local count = tonumber(ARGV[at + 1])
          redis.call('XADD', ARGV[at] == 'dead' and KEYS[3] or KEYS[1], '*', unpack(ARGV, at + 2, at + 1 + count))
          at = at + count + 2
        end
        redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
        return 1
        """;

    /// <summary>Takes a task out and writes what became of it to KEYS[2]; of several workers with the same task only the first is
    /// heard. ARGV: group, task, fields and values.</summary>
    public const string Settle = """
        if redis.call('XACK', KEYS[1], ARGV[1], ARGV[2]) == 0 then return 0 end
        redis.call('XDEL', KEYS[1], ARGV[2])
        redis.call('XADD', KEYS[2], '*', unpack(ARGV, 3))
        return 1
        """;

    /// <summary>Takes over one task that nobody has said anything of for so long. ARGV: group, worker, milliseconds, where to
    /// search on. Returns where to search on, and the task with its fields and how often it was handed out.</summary>
    public const string TakeOver = """
        local found = redis.call('XAUTOCLAIM', KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4], 'COUNT', 1)
        local task = found[2][1]
        if not task then return { found[1] } end
        return { found[1], task[1], task[2], redis.call('XPENDING', KEYS[1], ARGV[1], task[1], task[1], 1)[1][4] }
        """;

    /// <summary>Says that a worker is still at its tasks. ARGV: group, worker, tasks.</summary>
    public const string Hold = """
        for at = 3, #ARGV do
          local pending = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[at], ARGV[at], 1)[1]
          if pending and pending[2] == ARGV[2] then
            redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[at], 'IDLE', 0, 'JUSTID')
          end
        end
        return 1
        """;

    /// <summary>Lets others have what a worker has not settled. ARGV: group, worker, milliseconds after which they may.</summary>
    public const string Leave = """
        local from = '-'
        while true do
          local pending = redis.call('XPENDING', KEYS[1], ARGV[1], from, '+', 1000, ARGV[2])
          for _, task in ipairs(pending) do
            redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, task[1], 'IDLE', ARGV[3], 'JUSTID')
            from = '(' .. task[1]
          end
          if #pending == 0 then return 1 end
        end
        """;

    /// <summary>Forgets workers without tasks: one by name, or all that have not been heard of for so long. In one step, because a
    /// worker that is forgotten takes its tasks along. ARGV: group, name or nothing, milliseconds.</summary>
    public const string Forget = """
        for _, worker in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
          local is = {}
          for at = 1, #worker, 2 do is[worker[at]] = worker[at + 1] end
          if is.pending == 0 and (is.name == ARGV[2] or (ARGV[2] == '' and is.idle >= tonumber(ARGV[3]))) then
            redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], is.name)
          end
        end
        return 1
        """;

    /// <summary>Puts a dead task among the tasks again. KEYS[2] is the stream of the dead; ARGV: the dead one, fields and values.</summary>
    public const string Revive = """
        if redis.call('XDEL', KEYS[2], ARGV[1]) == 0 then return 0 end
        redis.call('XADD', KEYS[1], '*', unpack(ARGV, 2))
        return 1
        """;
}
