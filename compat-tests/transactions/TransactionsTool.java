import java.io.BufferedReader;
import java.io.InputStreamReader;
import org.apache.kafka.common.utils.Exit;
import org.apache.kafka.tools.TransactionsCommand;

/**
 * Kafka's kafka-transactions, once for each line of the input, whose words are parted by tabs; most of the tool's time is otherwise the
 * start of its virtual machine. After what the tool prints to either output comes "exit code N".
 */
public final class TransactionsTool {
    private static final class Ended extends RuntimeException {
        private final int code;

        private Ended(int code) {
            this.code = code;
        }
    }

    public static void main(String[] arguments) throws Exception {
        Exit.setExitProcedure((code, message) -> {
            throw new Ended(code);
        });
        System.setErr(System.out);
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            System.out.println("exit code " + run(line.split("\t")));
            System.out.flush();
        }
    }

    private static int run(String[] command) {
        try {
            TransactionsCommand.main(command);
            return 0;
        } catch (Ended ended) {
            return ended.code;
        } catch (Throwable thrown) {
            // As a virtual machine ends whose main throws, but for where in the tool that was.
            System.out.println(thrown);
            return 1;
        }
    }
}
