using System.Diagnostics.CodeAnalysis;
using GeoTagService.Core;
using StackExchange.Redis;

namespace GeoTagService.Bulk.Queue;

/// <summary>How many tasks are where.</summary>
/// <param name="Waiting">Handed out to nobody yet.</param>
/// <param name="UnderWay">Handed out and not settled.</param>
/// <param name="Results">Results that nobody has removed.</param>
/// <param name="Dead">Tasks that were given up.</param>
public sealed record QueueCounts(long Waiting, long UnderWay, long Results, long Dead);

/// <summary>A worker as the server knows it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Tasks">Tasks that it was handed and has not settled.</param>
/// <param name="Idle">How long ago it was heard of.</param>
public sealed record QueueWorkerState(string Name, long Tasks, TimeSpan Idle);

/// <summary>
/// A queue of tasks in Redis: a stream of tasks with one group of workers, a stream of results and one of dead tasks. A task is
/// in exactly one of the three at any moment, because what became of it is written in the step that takes it out.
/// </summary>
[SuppressMessage("Naming", "CA1711", Justification = "It is a queue, though it is none of .NET's collections.")]
public sealed class TaskQueue : IAsyncDisposable
{
    private const string Group = "workers";
    private const string Beginning = "0-0";

    private static readonly Version LeastVersion = new(7, 0);

    private readonly ConnectionMultiplexer _connection;
    private readonly IDatabase _redis;
    private readonly RedisPatience _patience;
    private readonly Action<string> _tell;
    private readonly (RedisKey Tasks, RedisKey Results, RedisKey Dead, RedisKey Lists) _keys;
    private string _searchFrom = Beginning;

    private TaskQueue(ConnectionMultiplexer connection, QueueAddress address, Action<string> tell, TimeProvider time)
    {
        (_connection, _tell, _redis) = (connection, tell, connection.GetDatabase());
        _patience = new RedisPatience(tell, time);

        // In braces, so that a cluster keeps them on one machine.
        RedisKey Key(string part) => $"{{{address.Name}}}:{part}";
        _keys = (Key("tasks"), Key("results"), Key("dead"), Key("lists"));
    }

    /// <summary>Connects.</summary>
    /// <param name="address">Where the queue is.</param>
    /// <param name="tell">Is told when the server is away.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="RunFailureException">There is no such server, or it is too old.</exception>
    public static async Task<TaskQueue> OpenAsync(
        QueueAddress address,
        Action<string> tell,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(address);
        if (await RedisProbe.WhyNotAsync(address, time, cancellationToken).ConfigureAwait(false) is { } whyNot)
        {
            throw new RunFailureException(RunFailure.Environment, $"{address}: {whyNot}");
        }

        ConnectionMultiplexer connection;
        try
        {
            connection = await ConnectionMultiplexer.ConnectAsync(address.ToOptions()).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (RedisException fault)
        {
            var why =
                fault.Message.Contains("NOAUTH", StringComparison.Ordinal) || fault.Message.Contains("WRONGPASS", StringComparison.Ordinal)
                    ? $"it refuses user or password ({QueueAddress.PasswordVariable} may hold the password)"
                    : $"it does not answer as a Redis server{(address.IsEncrypted ? " with TLS" : "")}";
            throw new RunFailureException(RunFailure.Environment, $"{address}: {why}", fault);
        }

        var server = connection.GetServer(connection.GetEndPoints()[0]);
        if (server.Version < LeastVersion)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw new RunFailureException(
                RunFailure.Environment,
                $"{address}: Redis {server.Version} is too old; {LeastVersion} or later is needed"
            );
        }

        var queue = new TaskQueue(connection, address, tell, time);
        await queue.PrepareAsync(cancellationToken).ConfigureAwait(false);
        return queue;
    }

    /// <summary>Hands out tasks that nobody had yet.</summary>
    /// <param name="worker">Who takes them.</param>
    /// <param name="most">Most tasks.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    internal async Task<QueueTask[]> TakeAsync(string worker, int most, CancellationToken cancellationToken)
    {
        var entries = await AskAsync(() => _redis.StreamReadGroupAsync(_keys.Tasks, Group, worker, ">", most), cancellationToken)
            .ConfigureAwait(false);
        return [.. entries.Select(entry => new QueueTask(entry.Id.ToString(), entry.Values, 1))];
    }

    /// <summary>Takes over a task whose worker has not been heard of for so long, or that was left for another try.</summary>
    internal async Task<QueueTask?> TakeOverAsync(string worker, TimeSpan silence, CancellationToken cancellationToken)
    {
        do
        {
            var answer = (RedisResult[])
                (
                    await EvaluateAsync(
                            QueueScripts.TakeOver,
                            [_keys.Tasks],
                            [Group, worker, (long)silence.TotalMilliseconds, _searchFrom],
                            cancellationToken
                        )
                        .ConfigureAwait(false)
                )!;
            _searchFrom = answer[0].ToString();
            if (answer.Length > 1)
            {
                var values = (RedisValue[])answer[2]!;
                var fields = values.Chunk(2).Select(pair => new NameValueEntry(pair[0], pair[1])).ToArray();
                return new QueueTask(answer[1].ToString(), fields, (long)answer[3]);
            }
        } while (_searchFrom != Beginning);

        return null;
    }

    /// <summary>Writes a task's result and takes the task out.</summary>
    /// <returns>Whether this worker was the first.</returns>
    internal Task<bool> AnswerAsync(QueueTask task, string id, byte[] result, string model, CancellationToken cancellationToken) =>
        SettleAsync(_keys.Results, task, ["id", id, "task", task.Entry, "model", model, "result", result], cancellationToken);

    /// <summary>Puts a task among the dead, with its fields and the reason, and takes it out.</summary>
    /// <returns>Whether this worker was the first.</returns>
    internal Task<bool> BuryAsync(QueueTask task, string id, ListFault fault, CancellationToken cancellationToken) =>
        SettleAsync(
            _keys.Dead,
            task,
            [
                .. DeadTask.Reason(task.Entry, id, fault, task.Tries).SelectMany(Pair),
                .. task.Fields.SelectMany(field => Pair(new NameValueEntry(DeadTask.Prefix + field.Name.ToString(), field.Value))),
            ],
            cancellationToken
        );

    /// <summary>Says that a worker is still at its tasks.</summary>
    internal Task HoldAsync(string worker, IReadOnlyCollection<string> tasks, CancellationToken cancellationToken) =>
        tasks.Count == 0
            ? Task.CompletedTask
            : EvaluateAsync(
                QueueScripts.Hold,
                [_keys.Tasks],
                [Group, worker, .. tasks.Select(task => (RedisValue)task)],
                cancellationToken
            );

    /// <summary>Lets others have what a worker has not settled at once, and forgets a worker that has none.</summary>
    internal async Task LeaveAsync(string worker, TimeSpan silence, CancellationToken cancellationToken)
    {
        var milliseconds = (long)silence.TotalMilliseconds;
        await EvaluateAsync(QueueScripts.Leave, [_keys.Tasks], [Group, worker, milliseconds], cancellationToken).ConfigureAwait(false);
        await EvaluateAsync(QueueScripts.Forget, [_keys.Tasks], [Group, worker, milliseconds], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Forgets workers without tasks that have not been heard of for so long.</summary>
    internal Task ForgetAsync(TimeSpan silence, CancellationToken cancellationToken) =>
        EvaluateAsync(QueueScripts.Forget, [_keys.Tasks], [Group, "", (long)silence.TotalMilliseconds], cancellationToken);

    /// <summary>How far a list was added: the position after the last row.</summary>
    internal async Task<long> AddedAsync(string list, CancellationToken cancellationToken)
    {
        var position = await AskAsync(() => _redis.HashGetAsync(_keys.Lists, list), cancellationToken).ConfigureAwait(false);
        return position.IsNull ? 0 : (long)position;
    }

    /// <summary>Adds rows of a list, once however often it is asked.</summary>
    /// <param name="list">Which list.</param>
    /// <param name="next">The position after the last of these rows.</param>
    /// <param name="rows">Fields of each task, or of the reason why a row is none.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    internal Task AddAsync(string list, long next, IEnumerable<QueueRow> rows, CancellationToken cancellationToken) =>
        EvaluateAsync(
            QueueScripts.Add,
            [_keys.Tasks, _keys.Lists, _keys.Dead],
            [
                list,
                next,
                .. rows.SelectMany(row =>
                    new RedisValue[] { row.IsDead ? "dead" : "task", 2 * row.Fields.Length }.Concat(row.Fields.SelectMany(Pair))
                ),
            ],
            cancellationToken
        );

    /// <summary>Forgets how far a list was added.</summary>
    public Task AddAgainAsync(string list, CancellationToken cancellationToken) =>
        AskAsync(() => _redis.HashDeleteAsync(_keys.Lists, list), cancellationToken);

    /// <summary>How many tasks are where.</summary>
    public async Task<QueueCounts> CountAsync(CancellationToken cancellationToken)
    {
        Task<long> Length(RedisKey key) => AskAsync(() => _redis.StreamLengthAsync(key), cancellationToken);
        var tasks = await Length(_keys.Tasks).ConfigureAwait(false);
        var pending = await AskAsync(() => _redis.StreamPendingAsync(_keys.Tasks, Group), cancellationToken).ConfigureAwait(false);
        return new QueueCounts(
            Math.Max(0, tasks - pending.PendingMessageCount),
            pending.PendingMessageCount,
            await Length(_keys.Results).ConfigureAwait(false),
            await Length(_keys.Dead).ConfigureAwait(false)
        );
    }

    /// <summary>Whether every task is settled.</summary>
    internal async Task<bool> IsEmptyAsync(CancellationToken cancellationToken) =>
        await AskAsync(() => _redis.StreamLengthAsync(_keys.Tasks), cancellationToken).ConfigureAwait(false) == 0;

    /// <summary>The workers.</summary>
    public async Task<QueueWorkerState[]> WorkersAsync(CancellationToken cancellationToken)
    {
        var workers = await AskAsync(() => _redis.StreamConsumerInfoAsync(_keys.Tasks, Group), cancellationToken).ConfigureAwait(false);
        return
        [
            .. workers.Select(worker => new QueueWorkerState(
                worker.Name,
                worker.PendingMessageCount,
                TimeSpan.FromMilliseconds(worker.IdleTimeInMilliseconds)
            )),
        ];
    }

    /// <summary>Results from one on, oldest first.</summary>
    /// <param name="after">The result before, or null.</param>
    /// <param name="most">Most results.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task<StreamEntry[]> ResultsAsync(RedisValue? after, int most, CancellationToken cancellationToken) =>
        AskAsync(() => _redis.StreamRangeAsync(_keys.Results, after is { } last ? $"({last}" : "-", count: most), cancellationToken);

    /// <summary>Removes results.</summary>
    public Task RemoveAsync(RedisValue[] results, CancellationToken cancellationToken) =>
        AskAsync(() => _redis.StreamDeleteAsync(_keys.Results, results), cancellationToken);

    /// <summary>Dead tasks, oldest first.</summary>
    public async Task<DeadTask[]> DeadAsync(RedisValue? after, int most, CancellationToken cancellationToken)
    {
        var entries = await AskAsync(
                () => _redis.StreamRangeAsync(_keys.Dead, after is { } last ? $"({last}" : "-", count: most),
                cancellationToken
            )
            .ConfigureAwait(false);
        return [.. entries.Select(DeadTask.Of)];
    }

    /// <summary>Puts a dead task among the tasks again.</summary>
    public Task ReviveAsync(DeadTask dead, CancellationToken cancellationToken) =>
        EvaluateAsync(QueueScripts.Revive, [_keys.Tasks, _keys.Dead], [dead.Entry, .. dead.Fields.SelectMany(Pair)], cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private static RedisValue[] Pair(NameValueEntry field) => [field.Name, field.Value];

    private async Task<bool> SettleAsync(RedisKey where, QueueTask task, RedisValue[] fields, CancellationToken cancellationToken) =>
        (long)
            await EvaluateAsync(QueueScripts.Settle, [_keys.Tasks, where], [Group, task.Entry, .. fields], cancellationToken)
                .ConfigureAwait(false) == 1;

    private Task<RedisResult> EvaluateAsync(string script, RedisKey[] keys, RedisValue[] values, CancellationToken cancellationToken) =>
        AskAsync(() => _redis.ScriptEvaluateAsync(script, keys, values), cancellationToken);

    private async Task<T> AskAsync<T>(Func<Task<T>> ask, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await _patience.AskAsync(ask, cancellationToken).ConfigureAwait(false);
            }
            catch (RedisServerException fault) when (fault.Message.StartsWith("NOGROUP", StringComparison.Ordinal))
            {
                _tell("the queue was removed, or its server lost it; going on with what is there now");
                await PrepareAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Makes stream and group where there are none; both stay when they are empty.</summary>
    private Task<bool> PrepareAsync(CancellationToken cancellationToken) =>
        _patience.AskAsync(
            async () =>
            {
                try
                {
                    return await _redis
                        .StreamCreateConsumerGroupAsync(_keys.Tasks, Group, StreamPosition.Beginning, createStream: true)
                        .ConfigureAwait(false);
                }
                catch (RedisServerException fault) when (fault.Message.StartsWith("BUSYGROUP", StringComparison.Ordinal))
                {
                    return true;
                }
            },
            cancellationToken
        );
}
